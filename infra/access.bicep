// The types that modules share.

@export()
@description('Who reaches the services behind the gateway: its network alone, and the addresses that are let in, or whoever has a role.')
type access = {
  private: bool
  @description('Public IPv4 addresses or ranges (CIDR) that may come in nevertheless.')
  allowedAddresses: string[]
  @description('Where private endpoints take their addresses.')
  subnetId: string
  @description('Where their names are known.')
  networkId: string
}
