{{- define "spindle.fullname" -}}
{{- if contains "spindle" .Release.Name -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-spindle" .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{/* What is the same for all pods of this release. */}}
{{- define "spindle.selector" -}}
app.kubernetes.io/name: spindle
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{/* Of an object: (dict "root" $ "part" "relay"). */}}
{{- define "spindle.labels" -}}
{{ include "spindle.selector" .root }}
app.kubernetes.io/component: {{ .part }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version }}
{{- end -}}

{{/* Of pods: what policies and monitors find them by. `tier` is http, consumer, relay, migration or ollama. */}}
{{- define "spindle.podLabels" -}}
{{ include "spindle.selector" .root }}
app.kubernetes.io/component: {{ .part }}
spindle/tier: {{ .tier }}
{{- with .root.Values.podLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "spindle.tier" -}}
matchLabels:
  {{- include "spindle.selector" .root | nindent 2 }}
  spindle/tier: {{ .tier }}
{{- end -}}

{{- define "spindle.image" -}}
{{- printf "%s:%s" .Values.image.repository (.Values.image.tag | default .Chart.AppVersion) -}}
{{- end -}}

{{- define "spindle.appImage" -}}
{{- printf "%s:%s" .Values.app.repository (.Values.app.tag | default .Values.image.tag | default .Chart.AppVersion) -}}
{{- end -}}

{{- define "spindle.spinImage" -}}
{{- .Values.executors.spinImage | default (include "spindle.image" .) -}}
{{- end -}}

{{- define "spindle.databaseHost" -}}
{{- if .Values.database.cnpg.enabled -}}
{{- printf "%s-db-rw" (include "spindle.fullname" .) -}}
{{- else -}}
{{- .Values.database.host | required "database.host: where is Postgres? (or database.cnpg.enabled)" -}}
{{- end -}}
{{- end -}}

{{- define "spindle.databasePort" -}}
{{- if .Values.database.cnpg.enabled }}5432{{ else }}{{ .Values.database.port }}{{ end -}}
{{- end -}}

{{/*
How many connections pods may have: 64 each of HTTP, 16 each consumer, 4 each relay; a quarter more while old and new ones
are there, and 30 for the migration, the operator, and people.
*/}}
{{- define "spindle.connections" -}}
{{- $scaling := .Values.autoscaling -}}
{{- $most := mul 64 (ternary $scaling.http.maxReplicas .Values.http.replicas $scaling.enabled) -}}
{{- range $name, $_ := (.Files.Get "files/app.yaml" | fromYaml).consumers -}}
{{- $own := get $.Values.consumers.each $name | default dict -}}
{{- $replicas := ternary (dig "maxReplicas" $scaling.consumers.maxReplicas $own) (dig "replicas" $.Values.consumers.replicas $own) $scaling.enabled -}}
{{- $most = add $most (mul 16 $replicas) -}}
{{- end -}}
{{- $most = add $most (mul 4 .Values.relay.replicas) -}}
{{- add $most (div $most 4) 30 -}}
{{- end -}}

{{- define "spindle.kafkaCluster" -}}
{{- printf "%s-kafka" (include "spindle.fullname" .) -}}
{{- end -}}

{{- define "spindle.kafkaBrokers" -}}
{{- if .Values.kafka.strimzi.enabled -}}
{{- printf "%s-kafka-bootstrap:9092" (include "spindle.kafkaCluster" .) -}}
{{- else -}}
{{- .Values.kafka.brokers | required "kafka.brokers: where is Kafka? (or kafka.strimzi.enabled)" -}}
{{- end -}}
{{- end -}}

{{/* The ports of an address list such as a:9092,b:9093, each once, as a YAML list. */}}
{{- define "spindle.kafkaPorts" -}}
{{- $ports := list -}}
{{- range splitList "," (include "spindle.kafkaBrokers" .) -}}
{{- $ports = append $ports (splitList ":" (trim .) | last | int) -}}
{{- end -}}
{{- toYaml (uniq $ports) -}}
{{- end -}}

{{- define "spindle.ollamaUrl" -}}
{{- if .Values.ollama.deployment.enabled -}}
{{- printf "http://%s-ollama:11434" (include "spindle.fullname" .) -}}
{{- else -}}
{{- .Values.ollama.url -}}
{{- end -}}
{{- end -}}

{{/* Host and port of a URL, as YAML; the port that its scheme means where it names none. */}}
{{- define "spindle.address" -}}
{{- $url := urlParse . -}}
{{- $port := regexFind ":[0-9]+$" $url.host | trimPrefix ":" -}}
host: {{ $url.hostname | quote }}
port: {{ $port | default (ternary "443" "80" (eq $url.scheme "https")) | quote }}
{{- end -}}

{{/* What runs without a shim and without root. */}}
{{- define "spindle.podSecurity" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
fsGroup: 65532
seccompProfile:
  type: RuntimeDefault
{{- end -}}

{{- define "spindle.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end -}}

{{/* The environment and the mounts of the relay and of the migration. */}}
{{- define "spindle.ownerEnv" -}}
- name: DATABASE_URL
  valueFrom:
    secretKeyRef:
      name: {{ .Values.secrets.database.name }}
      key: {{ .Values.secrets.database.ownerKey }}
- name: SPINDLE_LOG_FORMAT
  value: json
{{- with .Values.telemetry.endpoint }}
- name: OTEL_EXPORTER_OTLP_ENDPOINT
  value: {{ . | quote }}
{{- end }}
{{- if .Values.caCertSecret }}
- name: SSL_CERT_FILE
  value: /etc/spindle/ca/ca-certificates.crt
{{- end }}
{{- end -}}

{{- define "spindle.ownerMounts" -}}
- name: tmp
  mountPath: /tmp
{{- if .Values.caCertSecret }}
- name: ca
  mountPath: /etc/spindle/ca
  readOnly: true
{{- end }}
{{- end -}}

{{- define "spindle.ownerVolumes" -}}
- name: tmp
  emptyDir:
    sizeLimit: 64Mi
{{- if .Values.caCertSecret }}
- name: ca
  secret:
    secretName: {{ .Values.caCertSecret }}
{{- end }}
{{- end -}}

{{- define "spindle.pullSecrets" -}}
{{- with .Values.imagePullSecrets -}}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end -}}
{{- end -}}
