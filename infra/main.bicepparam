using 'main.bicep'

param environmentName = readEnvironmentVariable('AZURE_ENV_NAME')
param location = readEnvironmentVariable('AZURE_LOCATION')
param workerImage = readEnvironmentVariable('SERVICE_WORKER_IMAGE_NAME', '')
param workerApiKey = readEnvironmentVariable('WORKER_API_KEY')
param operatorKey = readEnvironmentVariable('OPERATOR_KEY')
