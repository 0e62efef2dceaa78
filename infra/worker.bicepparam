using 'worker.bicep'

param environmentName = readEnvironmentVariable('AZURE_ENV_NAME')
param image = readEnvironmentVariable('SERVICE_WORKER_IMAGE_NAME')
param profile = readEnvironmentVariable('WORKER_PROFILE', 'Consumption-GPU-NC24-A100')
param minReplicas = int(readEnvironmentVariable('WORKER_MIN_REPLICAS', '1'))
param maxReplicas = int(readEnvironmentVariable('WORKER_MAX_REPLICAS', '4'))
param concurrentRequests = int(readEnvironmentVariable('WORKER_CONCURRENT_REQUESTS', '48'))
param gracePeriodSeconds = int(readEnvironmentVariable('WORKER_GRACE_SECONDS', '120'))
param settings = json(readEnvironmentVariable('WORKER_SETTINGS', '{}'))
param otlpEndpoint = readEnvironmentVariable('OTLP_ENDPOINT', '')
param hasAlerts = !empty(json(readEnvironmentVariable('ALERT_EMAILS', '[]')))
