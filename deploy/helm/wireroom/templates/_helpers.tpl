{{/* The name of the release's objects, such as "wireroom" or "paris-wireroom". */}}
{{- define "wireroom.fullname" -}}
{{- if contains .Chart.Name .Release.Name -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name .Chart.Name | trunc 40 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{/* Labels that select the pods of the release. */}}
{{- define "wireroom.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "wireroom.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{ include "wireroom.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end -}}

{{- define "wireroom.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- .Values.serviceAccount.name | default (include "wireroom.fullname" .) -}}
{{- else -}}
{{- .Values.serviceAccount.name | default "default" -}}
{{- end -}}
{{- end -}}

{{- define "wireroom.image" -}}
{{- printf "%s:%s" .Values.image.repository (.Values.image.tag | default .Chart.AppVersion) -}}
{{- end -}}

{{/* The first of two maps with the changes of the second, as YAML; `mergeOverwrite` leaves out false and 0. */}}
{{- define "wireroom.merged" -}}
{{- $merged := deepCopy (index . 0) -}}
{{- range $name, $value := index . 1 -}}
{{- $before := get $merged $name -}}
{{- if and (kindIs "map" $value) (kindIs "map" $before) -}}
{{- $value = include "wireroom.merged" (list $before $value) | fromYaml -}}
{{- end -}}
{{- $_ := set $merged $name $value -}}
{{- end -}}
{{- $merged | toYaml -}}
{{- end -}}

{{/* The sets of workers as YAML: a list of their component, their stage ("" for all) and their values. */}}
{{- define "wireroom.sets" -}}
{{- if eq .Values.layout "together" -}}
{{- list (dict "component" "worker" "stage" "" "worker" .Values.worker) | toYaml -}}
{{- else -}}
{{- $sets := list -}}
{{- range $stage, $changes := .Values.stages -}}
{{- $worker := include "wireroom.merged" (list $.Values.worker ($changes | default dict)) | fromYaml -}}
{{- $sets = append $sets (dict "component" $stage "stage" $stage "worker" $worker) -}}
{{- end -}}
{{- $sets | toYaml -}}
{{- end -}}
{{- end -}}

{{/* The settings that the chart makes from its values, as JSON. */}}
{{- define "wireroom.owned" -}}
["WIREROOM_BROKER", "WIREROOM_TOPIC_PREFIX", "WIREROOM_GROUP", "WIREROOM_SECURITY_PROTOCOL", "WIREROOM_SASL_MECHANISM",
 "WIREROOM_SASL_USERNAME", "WIREROOM_SASL_PASSWORD", "WIREROOM_SSL_CAFILE", "WIREROOM_SSL_CERTFILE",
 "WIREROOM_SSL_KEYFILE", "WIREROOM_SSL_CHECK_HOSTNAME", "WIREROOM_PARTITIONS", "WIREROOM_STORY_PARTITIONS", "WIREROOM_REPLICATION",
 "WIREROOM_RETENTION_DAYS", "WIREROOM_TAGGER", "WIREROOM_LABELLER", "WIREROOM_STORY_VECTORS", "WIREROOM_LOG_FORMAT", "WIREROOM_TAXONOMY",
 "WIREROOM_GAZETTEER", "WIREROOM_HTTP", "WIREROOM_STAGE_SECONDS", "WIREROOM_STAGE_MEMORY_MB", "WIREROOM_INSTANCE"]
{{- end -}}

{{/* Fail on values that are valid one by one and wrong together. Takes the set as `.set`. */}}
{{- define "wireroom.check" -}}
{{- $kafka := .root.Values.kafka -}}
{{- $worker := .set.worker -}}
{{- $where := ternary (printf "stages.%s" .set.stage) "worker" (ne .set.stage "") -}}
{{- if le (int $worker.terminationGracePeriodSeconds) (int $worker.stageSeconds) -}}
{{- fail (printf "%s.terminationGracePeriodSeconds (%d) must be more than stageSeconds (%d), so that a worker can finish its batch" $where (int $worker.terminationGracePeriodSeconds) (int $worker.stageSeconds)) -}}
{{- end -}}
{{- $owned := include "wireroom.owned" . | fromJsonArray -}}
{{- range $name, $_ := $worker.extraEnv -}}
{{- if has $name $owned -}}
{{- fail (printf "%s.extraEnv must not have %s, which the chart sets from other values" $where $name) -}}
{{- end -}}
{{- if hasKey $.root.Values.settings $name -}}
{{- fail (printf "settings and %s.extraEnv both have %s; leave it out of one" $where $name) -}}
{{- end -}}
{{- end -}}
{{- range $name, $_ := .root.Values.settings -}}
{{- if has $name $owned -}}
{{- fail (printf "settings must not have %s, which the chart sets from other values" $name) -}}
{{- end -}}
{{- end -}}
{{- with $worker.autoscaling -}}
{{- if .enabled -}}
{{- if lt (int .maxReplicas) (int .minReplicas) -}}
{{- fail (printf "%s.autoscaling.maxReplicas (%d) must be at least minReplicas (%d)" $where (int .maxReplicas) (int .minReplicas)) -}}
{{- end -}}
{{- $bound := ternary "storyPartitions" "partitions" (eq $.set.stage "stories") -}}
{{- $partitions := int (get $.root.Values.topics $bound) -}}
{{- if gt (int .maxReplicas) $partitions -}}
{{- fail (printf "%s.autoscaling.maxReplicas (%d) must be at most topics.%s (%d): more workers would wait" $where (int .maxReplicas) $bound $partitions) -}}
{{- end -}}
{{- if not $.root.Values.monitoring.serviceMonitor.enabled -}}
{{- fail (printf "%s.autoscaling needs monitoring.serviceMonitor.enabled: it scales by the metrics of the workers" $where) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- $sasl := hasPrefix "SASL_" $kafka.securityProtocol -}}
{{- if and $sasl (not $kafka.sasl.existingSecret) -}}
{{- fail (printf "kafka.securityProtocol %s needs kafka.sasl.existingSecret, a secret with the password" $kafka.securityProtocol) -}}
{{- end -}}
{{- if and $sasl (not $kafka.sasl.username) (not $kafka.sasl.usernameKey) -}}
{{- fail (printf "kafka.securityProtocol %s needs kafka.sasl.username or kafka.sasl.usernameKey" $kafka.securityProtocol) -}}
{{- end -}}
{{- if and (not $sasl) $kafka.sasl.existingSecret -}}
{{- fail (printf "kafka.sasl.existingSecret has no effect with kafka.securityProtocol %s; set it to SASL_SSL" $kafka.securityProtocol) -}}
{{- end -}}
{{- $tls := hasSuffix "SSL" $kafka.securityProtocol -}}
{{- if and (not $tls) (or $kafka.tls.caSecret $kafka.tls.certSecret) -}}
{{- fail (printf "kafka.tls has no effect with kafka.securityProtocol %s; set it to SSL or SASL_SSL" $kafka.securityProtocol) -}}
{{- end -}}
{{- end -}}

{{/* The settings that the topics job and every worker share. */}}
{{- define "wireroom.env" -}}
{{- $kafka := .Values.kafka -}}
- {name: WIREROOM_BROKER, value: {{ $kafka.bootstrapServers | quote }}}
- {name: WIREROOM_TOPIC_PREFIX, value: {{ $kafka.topicPrefix | quote }}}
- {name: WIREROOM_GROUP, value: {{ $kafka.group | quote }}}
- {name: WIREROOM_SECURITY_PROTOCOL, value: {{ $kafka.securityProtocol | quote }}}
{{- if hasPrefix "SASL_" $kafka.securityProtocol }}
- {name: WIREROOM_SASL_MECHANISM, value: {{ $kafka.sasl.mechanism | quote }}}
- name: WIREROOM_SASL_USERNAME
{{- if $kafka.sasl.username }}
  value: {{ $kafka.sasl.username | quote }}
{{- else }}
  valueFrom: {secretKeyRef: {name: {{ $kafka.sasl.existingSecret | quote }}, key: {{ $kafka.sasl.usernameKey | quote }}}}
{{- end }}
- name: WIREROOM_SASL_PASSWORD
  valueFrom: {secretKeyRef: {name: {{ $kafka.sasl.existingSecret | quote }}, key: {{ $kafka.sasl.passwordKey | quote }}}}
{{- end }}
{{- if hasSuffix "SSL" $kafka.securityProtocol }}
{{- with $kafka.tls.caSecret }}
- {name: WIREROOM_SSL_CAFILE, value: {{ printf "/etc/wireroom/ca/%s" $kafka.tls.caKey | quote }}}
{{- end }}
{{- with $kafka.tls.certSecret }}
- {name: WIREROOM_SSL_CERTFILE, value: {{ printf "/etc/wireroom/certificate/%s" $kafka.tls.certKey | quote }}}
- {name: WIREROOM_SSL_KEYFILE, value: {{ printf "/etc/wireroom/certificate/%s" $kafka.tls.keyKey | quote }}}
{{- end }}
- {name: WIREROOM_SSL_CHECK_HOSTNAME, value: {{ $kafka.tls.checkHostname | quote }}}
{{- end }}
- {name: WIREROOM_PARTITIONS, value: {{ .Values.topics.partitions | int | quote }}}
- {name: WIREROOM_STORY_PARTITIONS, value: {{ .Values.topics.storyPartitions | int | quote }}}
- {name: WIREROOM_REPLICATION, value: {{ .Values.topics.replication | int | quote }}}
- {name: WIREROOM_RETENTION_DAYS, value: {{ .Values.topics.retentionDays | quote }}}
- {name: WIREROOM_TAGGER, value: {{ .Values.tagger | quote }}}
- {name: WIREROOM_LABELLER, value: {{ .Values.labeller | quote }}}
- {name: WIREROOM_STORY_VECTORS, value: {{ .Values.storyVectors | quote }}}
- {name: WIREROOM_LOG_FORMAT, value: {{ .Values.logFormat | quote }}}
{{- with .Values.taxonomy.configMap }}
- {name: WIREROOM_TAXONOMY, value: /etc/wireroom/taxonomy}
{{- end }}
{{- with .Values.gazetteer.configMap }}
- {name: WIREROOM_GAZETTEER, value: {{ printf "/etc/wireroom/gazetteer/%s" $.Values.gazetteer.key | quote }}}
{{- end }}
{{- range $name, $value := .Values.settings }}
- {name: {{ $name }}, value: {{ $value | toString | quote }}}
{{- end }}
{{- end -}}

{{/* What a container sees: /tmp has the heartbeats, and everything else is read-only. */}}
{{- define "wireroom.mounts" -}}
- {name: tmp, mountPath: /tmp}
{{- if .Values.kafka.tls.caSecret }}
- {name: ca, mountPath: /etc/wireroom/ca, readOnly: true}
{{- end }}
{{- if .Values.kafka.tls.certSecret }}
- {name: certificate, mountPath: /etc/wireroom/certificate, readOnly: true}
{{- end }}
{{- if .Values.taxonomy.configMap }}
- {name: taxonomy, mountPath: /etc/wireroom/taxonomy, readOnly: true}
{{- end }}
{{- if .Values.gazetteer.configMap }}
- {name: gazetteer, mountPath: /etc/wireroom/gazetteer, readOnly: true}
{{- end }}
{{- end -}}

{{- define "wireroom.volumes" -}}
- name: tmp
  emptyDir: {sizeLimit: 16Mi}
{{- with .Values.kafka.tls.caSecret }}
- {name: ca, secret: {secretName: {{ . | quote }}, defaultMode: 0440}}
{{- end }}
{{- with .Values.kafka.tls.certSecret }}
- {name: certificate, secret: {secretName: {{ . | quote }}, defaultMode: 0440}}
{{- end }}
{{- with .Values.taxonomy.configMap }}
- {name: taxonomy, configMap: {name: {{ . | quote }}}}
{{- end }}
{{- with .Values.gazetteer.configMap }}
- {name: gazetteer, configMap: {name: {{ . | quote }}}}
{{- end }}
{{- end -}}

{{/* The number is the user of the image; the group lets it read the mounted secrets. */}}
{{- define "wireroom.podSecurity" -}}
runAsNonRoot: true
runAsUser: 10001
runAsGroup: 10001
fsGroup: 10001
seccompProfile: {type: RuntimeDefault}
{{- end -}}

{{- define "wireroom.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end -}}

{{- define "wireroom.pullSecrets" -}}
{{- with .Values.image.pullSecrets }}
imagePullSecrets:
{{- range . }}
  - {name: {{ . | quote }}}
{{- end }}
{{- end }}
{{- end -}}
