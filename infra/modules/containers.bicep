// The Container Apps environment of the worker: inside the network, with a GPU profile and the checkpoints. worker.bicep puts the app in.
import { names } from '../names.bicep'

param called names
param location string
param tags object
param subnetId string
param profile string
param maxNodes int
param modelServer string
param modelShare string
param logsId string

resource environment 'Microsoft.App/managedEnvironments@2025-07-01' = {
  name: called.containers
  location: location
  tags: tags
  properties: {
    vnetConfiguration: { infrastructureSubnetId: subnetId, internal: true }
    // Logs go by the diagnostic setting below, which needs no key of the workspace.
    appLogsConfiguration: { destination: 'azure-monitor' }
    workloadProfiles: [
      { name: 'Consumption', workloadProfileType: 'Consumption' }
      // A dedicated profile has nodes for as long as replicas ask for them: none before there is an app, none when it is scaled to zero.
      startsWith(profile, 'Consumption-')
        ? { name: 'gpu', workloadProfileType: profile }
        : { name: 'gpu', workloadProfileType: profile, minimumCount: 0, maximumCount: maxNodes }
    ]
  }

  resource models 'storages' = {
    name: 'models'
    properties: {
      nfsAzureFile: { server: modelServer, shareName: modelShare, accessMode: 'ReadOnly' }
    }
  }
}

resource diagnostics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'logs'
  scope: environment
  properties: {
    workspaceId: logsId
    logs: [
      { category: 'ContainerAppConsoleLogs', enabled: true }
      { category: 'ContainerAppSystemLogs', enabled: true }
    ]
  }
}

output domain string = environment.properties.defaultDomain
output address string = environment.properties.staticIp
