{{/* A rule: (dict "way" "to" "peers" … "ports" (list 80)). Where no peers are named it is whoever has that port. */}}
{{- define "spindle.rule" -}}
- ports:
    {{- range .ports }}
    - port: {{ . | int }}
    {{- end }}
  {{- with .peers }}
  {{ $.way }}:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end -}}

{{- define "spindle.toPostgres" -}}
{{- $ours := list (dict "podSelector" (dict "matchLabels" (dict "cnpg.io/cluster" (printf "%s-db" (include "spindle.fullname" .))))) -}}
{{- $peers := ternary $ours .Values.networkPolicy.database .Values.database.cnpg.enabled -}}
{{ include "spindle.rule" (dict "way" "to" "peers" $peers "ports" (list (include "spindle.databasePort" .))) }}
{{- end -}}

{{- define "spindle.toKafka" -}}
{{- $ours := list (dict "podSelector" (dict "matchLabels" (dict "strimzi.io/cluster" (include "spindle.kafkaCluster" .)))) -}}
{{- $peers := ternary $ours .Values.networkPolicy.kafka .Values.kafka.strimzi.enabled -}}
{{ include "spindle.rule" (dict "way" "to" "peers" $peers "ports" (include "spindle.kafkaPorts" . | fromYamlArray)) }}
{{- end -}}

{{- define "spindle.toModel" -}}
{{- if .Values.ollama.deployment.enabled -}}
{{- $ours := list (dict "podSelector" (include "spindle.tier" (dict "root" . "tier" "ollama") | fromYaml)) -}}
{{ include "spindle.rule" (dict "way" "to" "peers" $ours "ports" (list 11434)) }}
{{- else if .Values.secrets.ollama.name -}}
{{ include "spindle.rule" (dict "way" "to" "peers" .Values.networkPolicy.ollama "ports" (list .Values.ollama.port)) }}
{{- else if .Values.ollama.url -}}
{{ include "spindle.rule" (dict "way" "to" "peers" .Values.networkPolicy.ollama "ports" (list (include "spindle.address" .Values.ollama.url | fromYaml).port)) }}
{{- end -}}
{{- end -}}

{{- define "spindle.toTelemetry" -}}
{{- with .Values.telemetry.endpoint -}}
{{ include "spindle.rule" (dict "way" "to" "peers" $.Values.networkPolicy.telemetry "ports" (list (include "spindle.address" . | fromYaml).port)) }}
{{- end -}}
{{- end -}}

{{/* Our executor pulls the application by itself, from the port that its registry's name has. */}}
{{- define "spindle.toRegistry" -}}
{{- if not .Values.executors.bundledApp -}}
{{- $port := .Values.app.repository | regexFind "^[^/]+:[0-9]+/" | regexFind "[0-9]+/$" | trimSuffix "/" -}}
{{ include "spindle.rule" (dict "way" "to" "peers" .Values.networkPolicy.registry "ports" (list ($port | default "443"))) }}
{{- end -}}
{{- end -}}

{{- define "spindle.toUrl" -}}
{{ include "spindle.rule" (dict "way" "to" "peers" .peers "ports" (list (include "spindle.address" .url | fromYaml).port)) }}
{{- end -}}
