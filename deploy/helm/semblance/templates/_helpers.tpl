{{- define "semblance.labels" -}}
app.kubernetes.io/name: semblance
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}

{{- define "semblance.selector" -}}
app.kubernetes.io/name: semblance
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "semblance.image" -}}
{{ printf "%s:%s" .Values.image.repository (.Values.image.tag | default .Chart.AppVersion) }}
{{- end }}

{{- define "semblance.claim" -}}
{{ .Values.workspace.existingClaim | default (printf "%s-workspace" .Release.Name) }}
{{- end }}

{{/* What every pod of the program is: nobody, without privileges, without the cluster's own credentials. */}}
{{- define "semblance.pod" -}}
serviceAccountName: {{ .Release.Name }}
automountServiceAccountToken: false
enableServiceLinks: false
securityContext:
  runAsNonRoot: true
  runAsUser: 10001
  runAsGroup: 10001
  fsGroup: 10001
  # Once, when the volume is new: doing it at each start would open to the group what the program keeps closed.
  fsGroupChangePolicy: OnRootMismatch
  seccompProfile: {type: RuntimeDefault}
{{- with .Values.imagePullSecrets }}
imagePullSecrets: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- define "semblance.container" -}}
image: {{ include "semblance.image" . }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: {drop: [ALL]}
envFrom:
  - configMapRef: {name: {{ .Release.Name }}-settings}
{{- with .Values.existingSecret }}
  - secretRef: {name: {{ . }}}
{{- end }}
{{- with .Values.database.existingSecret }}
env:
  - name: SEMBLANCE_DATABASE__PASSWORD
    valueFrom: {secretKeyRef: {name: {{ . }}, key: {{ $.Values.database.passwordKey }}}}
{{- end }}
{{- end }}

{{- define "semblance.mounts" -}}
- {name: workspace, mountPath: /data}
- {name: temporary, mountPath: /tmp}
{{- end }}

{{- define "semblance.volumes" -}}
- name: workspace
  persistentVolumeClaim: {claimName: {{ include "semblance.claim" . }}}
- name: temporary
  emptyDir: {}
{{- end }}

{{/* A volume that one node alone mounts keeps all pods on that node. */}}
{{- define "semblance.together" -}}
{{- if ne .Values.workspace.accessMode "ReadWriteMany" }}
affinity:
  podAffinity:
    requiredDuringSchedulingIgnoredDuringExecution:
      - topologyKey: kubernetes.io/hostname
        labelSelector:
          matchLabels: {{- include "semblance.selector" . | nindent 12 }}
            app.kubernetes.io/component: console
{{- end }}
{{- end }}
