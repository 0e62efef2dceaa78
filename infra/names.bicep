// What everything is called. Names end with 13 characters made of the resource group and the environment, since many of them are
// host names that all of Azure shares; worker.bicep finds what main.bicep made by the same names.

@export()
type names = {
  gatewayIdentity: string
  workerIdentity: string
  eventsIdentity: string
  logs: string
  insights: string
  alerts: string
  network: string
  storage: string
  models: string
  events: string
  vault: string
  search: string
  signalr: string
  contentSafety: string
  registry: string
  containers: string
  plan: string
  gateway: string
}

@export()
func namesOf(resourceGroupId string, environmentName string) names =>
  namesWith(uniqueString(resourceGroupId, environmentName))

func namesWith(unique string) names => {
  gatewayIdentity: 'id-gateway-${unique}'
  workerIdentity: 'id-worker-${unique}'
  eventsIdentity: 'id-events-${unique}'
  logs: 'log-${unique}'
  insights: 'appi-${unique}'
  alerts: 'ag-${unique}'
  network: 'vnet-${unique}'
  storage: 'st${unique}'
  models: 'stm${unique}'
  events: 'evgt-${unique}'
  vault: 'kv-${unique}'
  search: 'srch-${unique}'
  signalr: 'sigr-${unique}'
  contentSafety: 'cs-${unique}'
  registry: 'cr${unique}'
  containers: 'cae-${unique}'
  plan: 'plan-${unique}'
  gateway: 'func-${unique}'
}
