{{/*
Every variable that has a value here, by name, as YAML. What isn't among them keeps the default of spin.toml. local_secret is
never: local mode is of `spindle up` alone.
*/}}
{{- define "spindle.variables" -}}
{{- $secrets := .Values.secrets -}}
database_url: {{ include "spindle.secret" (dict "name" $secrets.database.name "key" $secrets.database.key) }}
database_host: {value: {{ include "spindle.databaseHost" . | quote }}}
database_port: {value: {{ include "spindle.databasePort" . | quote }}}
kafka_brokers: {value: {{ include "spindle.kafkaBrokers" . | quote }}}
{{- if $secrets.kafka.name }}
kafka_properties: {{ include "spindle.secret" (dict "name" $secrets.kafka.name "key" $secrets.kafka.key) }}
{{- end }}
{{- if $secrets.ollama.name }}
ollama_url: {{ include "spindle.secret" (dict "name" $secrets.ollama.name "key" $secrets.ollama.key) }}
ollama_host: {value: {{ .Values.ollama.host | required "ollama.host: with secrets.ollama, which host is it?" | quote }}}
ollama_port: {value: {{ .Values.ollama.port | quote }}}
{{- else }}
{{- with include "spindle.ollamaUrl" . }}
{{- $address := include "spindle.address" . | fromYaml }}
ollama_url: {value: {{ . | quote }}}
ollama_host: {value: {{ $address.host | quote }}}
ollama_port: {value: {{ $address.port | quote }}}
{{- end }}
{{- end }}
{{- if $secrets.auth.name }}
jwt_keys: {{ include "spindle.secret" (dict "name" $secrets.auth.name "key" $secrets.auth.key) }}
{{- end }}
{{- if $secrets.push.name }}
vapid_private_key: {{ include "spindle.secret" (dict "name" $secrets.push.name "key" $secrets.push.key) }}
{{- end }}
{{- if $secrets.email.name }}
mail_key: {{ include "spindle.secret" (dict "name" $secrets.email.name "key" $secrets.email.key) }}
{{- if not (hasKey .Values.variables "mail_from") }}
mail_from: {{ include "spindle.secret" (dict "name" $secrets.email.name "key" $secrets.email.fromKey) }}
{{- end }}
{{- end }}
{{- with .Values.mail.url }}
{{- $address := include "spindle.address" . | fromYaml }}
mail_url: {value: {{ . | quote }}}
mail_host: {value: {{ $address.host | quote }}}
mail_port: {value: {{ $address.port | quote }}}
{{- end }}
{{- with .Values.oidc.issuer }}
oidc_issuer: {value: {{ . | quote }}}
oidc_audience: {value: {{ $.Values.oidc.audience | quote }}}
{{- end }}
{{- with .Values.oidc.jwksUrl }}
{{- $address := include "spindle.address" . | fromYaml }}
oidc_jwks_url: {value: {{ . | quote }}}
oidc_host: {value: {{ $address.host | quote }}}
oidc_port: {value: {{ $address.port | quote }}}
{{- end }}
{{- range $name, $value := .Values.variables }}
{{ $name }}: {value: {{ $value | quote }}}
{{- end }}
{{- end -}}

{{- define "spindle.secret" -}}
{valueFrom: {secretKeyRef: {name: {{ .name | quote }}, key: {{ .key | quote }}}}}
{{- end -}}

{{/* Whether there are SpinApps already, and what scales them. */}}
{{- define "spindle.hasApps" -}}
{{- if or .Release.IsUpgrade (eq .Values.spinApps "always") -}}true{{- end -}}
{{- end -}}

{{/*
What an executor makes of its SpinApps' pods: (dict "root" $ "executor" "shim").
*/}}
{{- define "spindle.deploymentConfig" -}}
{{- $values := .root.Values -}}
{{- if eq .executor "shim" -}}
runtimeClassName: {{ $values.executors.runtimeClassName }}
{{- if not $values.caCertSecret }}
# Our image has the public authorities; the shim has none.
installDefaultCACerts: true
{{- end }}
{{- else -}}
spinImage: {{ include "spindle.spinImage" .root }}
{{- end }}
{{- with $values.caCertSecret }}
caCertSecret: {{ . }}
{{- end }}
{{- with $values.telemetry.endpoint }}
otel:
  exporter_otlp_endpoint: {{ . | quote }}
{{- end }}
{{- end -}}

{{/*
A SpinApp: (dict "root" $ "part" "audit-write" "tier" "consumer" "executor" "spindle" "components" … "variables" …
"replicas" 1 "scaled" false "resources" … "checks" …). It has no field for a security context, for topology spread or for
a grace period: spin-operator makes the Deployment.
*/}}
{{- define "spindle.spinapp" -}}
{{- $root := .root -}}
{{- $ours := eq .executor "spindle" -}}
{{- $values := include "spindle.variables" $root | fromYaml -}}
apiVersion: core.spinkube.dev/v1alpha1
kind: SpinApp
metadata:
  name: {{ include "spindle.fullname" $root }}-{{ .part }}
  namespace: {{ $root.Release.Namespace }}
  labels:
    {{- include "spindle.labels" . | nindent 4 }}
spec:
  executor: {{ include "spindle.fullname" $root }}-{{ .executor }}
  {{- if and $ours $root.Values.executors.bundledApp }}
  image: /app/spin.toml
  {{- else }}
  image: {{ include "spindle.appImage" $root }}
  {{- end }}
  {{- with include "spindle.pullSecrets" $root }}
  {{- . | nindent 2 }}
  {{- end }}
  serviceAccountName: {{ include "spindle.fullname" $root }}
  {{- if .scaled }}
  enableAutoscaling: true
  {{- else }}
  replicas: {{ .replicas }}
  {{- end }}
  components:
    {{- toYaml .components | nindent 4 }}
  {{- with .checks }}
  checks:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  podLabels:
    {{- include "spindle.podLabels" . | nindent 4 }}
  podAnnotations:
    # spin-operator looks at an executor only when it looks at a SpinApp: so what is new there has to be new here.
    spindle/executor: {{ include "spindle.deploymentConfig" . | sha256sum | trunc 16 | quote }}
    {{- with $root.Values.podAnnotations }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  resources:
    {{- toYaml .resources | nindent 4 }}
  variables:
    {{- range .variables }}
    {{- if hasKey $values . }}
    - name: {{ . }}
      {{- get $values . | toYaml | nindent 6 }}
    {{- end }}
    {{- end }}
  {{- if $ours }}
  # The application as it was pulled, and its components as they were compiled.
  volumes:
    - name: tmp
      emptyDir:
        sizeLimit: 1Gi
    {{- with first $root.Values.imagePullSecrets }}
    - name: registry
      secret:
        secretName: {{ . }}
        items:
          - key: .dockerconfigjson
            path: config.json
    {{- end }}
  volumeMounts:
    - name: tmp
      mountPath: /tmp
    {{- if $root.Values.imagePullSecrets }}
    - name: registry
      mountPath: /tmp/.docker
      readOnly: true
    {{- end }}
  {{- end }}
{{- end -}}
