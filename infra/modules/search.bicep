// The vector and full-text index. One index for each embeddings route, made by the gateway itself.
param name string
param location string
param tags object
param gatewayPrincipalId string

@allowed(['basic', 'standard', 'standard2'])
param sku string = 'basic'

var indexDataContributor = '8ebe5a00-799e-43f5-93ac-243d3dce84a7'
var serviceContributor = '7ca78c08-252a-4471-8644-bb5ff32d4ba0'

resource search 'Microsoft.Search/searchServices@2023-11-01' = {
  name: name
  location: location
  tags: tags
  sku: { name: sku }
  properties: {
    disableLocalAuth: true
    hostingMode: 'default'
    partitionCount: 1
    replicaCount: 1
  }
}

var roles = [indexDataContributor, serviceContributor]

resource access 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for role in roles: {
    name: guid(search.id, gatewayPrincipalId, role)
    scope: search
    properties: {
      principalId: gatewayPrincipalId
      principalType: 'ServicePrincipal'
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role)
    }
  }
]

output endpoint string = 'https://${search.name}.search.windows.net'
