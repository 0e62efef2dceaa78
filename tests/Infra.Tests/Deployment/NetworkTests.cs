using System.Text.Json.Nodes;
using Serverless.Infra.Tests.Compiler;

namespace Serverless.Infra.Tests.Deployment;

public sealed class NetworkTests
{
    private static readonly string[] PrivateGroups = ["blob", "file", "queue", "registry", "searchService", "signalr", "table", "vault"];

    [Fact]
    public void Private_EveryServiceBehindTheGateway_HasAnEndpointInTheEndpointsSubnet()
    {
        var endpoints = Deployments.Standard.Of("Microsoft.Network/privateEndpoints").ToArray();
        Assert.Equal(PrivateGroups, endpoints.Select(Group).Order(StringComparer.Ordinal));
        Assert.All(endpoints, e => Assert.EndsWith("/subnets/endpoints", (string)e["properties"]!["subnet"]!["id"]!, StringComparison.Ordinal));
    }

    [Fact]
    public void Private_EveryEndpoint_IsNamedInAZoneThatTheNetworkReads()
    {
        var plan = Deployments.Standard;
        var endpoints = plan.Of("Microsoft.Network/privateEndpoints").Select(e => (string)e["name"]!).ToArray();
        Assert.Equal(endpoints.Order(StringComparer.Ordinal), plan.Of("Microsoft.Network/privateEndpoints/privateDnsZoneGroups").Select(g => ((string)g["name"]!).Split('/')[0]).Order(StringComparer.Ordinal));

        // Each zone, the worker's too, is linked to the one network.
        var links = plan.Of("Microsoft.Network/privateDnsZones/virtualNetworkLinks").ToArray();
        Assert.Equal(plan.Of("Microsoft.Network/privateDnsZones").Count(), links.Length);
        Assert.Equal(endpoints.Length + 1, links.Length);
        Assert.All(links, l => Assert.Contains("/virtualNetworks/vnet-", (string)l["properties"]!["virtualNetwork"]!["id"]!, StringComparison.Ordinal));
    }

    [Fact]
    public void Private_WithoutAddresses_ShutsThePublicDoor()
    {
        var plan = Deployments.Standard;
        foreach (var type in new[] { "Microsoft.KeyVault/vaults", "Microsoft.Search/searchServices", "Microsoft.ContainerRegistry/registries" })
            Assert.Equal("Disabled", (string)plan.One(type)["properties"]!["publicNetworkAccess"]!);
        var rules = Documents(plan)["networkAcls"]!;
        Assert.Equal("Deny", (string)rules["defaultAction"]!);
        Assert.Empty(rules["ipRules"]!.AsArray());
        Assert.Equal(["ServerConnection", "RESTAPI", "Trace"], plan.One("Microsoft.SignalRService/signalR")["properties"]!["networkACLs"]!["publicNetwork"]!["deny"]!.AsArray().Select(d => (string)d!));
        Assert.Equal("Premium", (string)plan.One("Microsoft.ContainerRegistry/registries")["sku"]!["name"]!);
    }

    [Fact]
    public void Private_WithAddresses_LetsTheseInAndNobodyElse()
    {
        var plan = Deployments.Company;
        Assert.Equal([Deployments.Address], Addresses(Documents(plan)["networkAcls"]!));
        foreach (var (type, rules) in new[] { ("Microsoft.KeyVault/vaults", "networkAcls"), ("Microsoft.Search/searchServices", "networkRuleSet"), ("Microsoft.ContainerRegistry/registries", "networkRuleSet") })
        {
            var properties = plan.One(type)["properties"]!;
            Assert.Equal("Enabled", (string)properties["publicNetworkAccess"]!);
            Assert.Equal([Deployments.Address], Addresses(properties[rules]!));
            if (type != "Microsoft.Search/searchServices") Assert.Equal("Deny", (string)properties[rules]!["defaultAction"]!);
        }
    }

    [Fact]
    public void Public_Everything_IsOpenToWhoeverHasARole_ButTheCheckpoints()
    {
        var plan = Deployments.Public;
        Assert.Equal(["file"], plan.Of("Microsoft.Network/privateEndpoints").Select(Group));
        Assert.Equal("Allow", (string)Documents(plan)["networkAcls"]!["defaultAction"]!);
        foreach (var type in new[] { "Microsoft.KeyVault/vaults", "Microsoft.Search/searchServices", "Microsoft.ContainerRegistry/registries" })
            Assert.Equal("Enabled", (string)plan.One(type)["properties"]!["publicNetworkAccess"]!);

        // An address in a rule of AI Search would shut everyone else out, the gateway among them.
        Assert.Empty(plan.One("Microsoft.Search/searchServices")["properties"]!["networkRuleSet"]!["ipRules"]!.AsArray());
        Assert.Equal("Standard", (string)plan.One("Microsoft.ContainerRegistry/registries")["sku"]!["name"]!);
    }

    [Fact]
    public void Events_PastTheRules_AreDeliveredByATrustedService()
    {
        var documents = Documents(Deployments.Standard);
        Assert.Equal("Enabled", (string)documents["publicNetworkAccess"]!);
        Assert.Equal("AzureServices", (string)documents["networkAcls"]!["bypass"]!);
        var subscription = Deployments.Standard.One("Microsoft.EventGrid/systemTopics/eventSubscriptions")["properties"]!;
        Assert.Equal("UserAssigned", (string)subscription["deliveryWithResourceIdentity"]!["identity"]!["type"]!);
        Assert.Equal("UserAssigned", (string)subscription["deadLetterWithResourceIdentity"]!["identity"]!["type"]!);
    }

    [Fact]
    public void Checkpoints_WithoutTls_AreReachedFromTheNetworkAlone()
    {
        var models = Deployments.Public.One("Microsoft.Storage/storageAccounts", "stm")["properties"]!;
        Assert.False((bool)models["supportsHttpsTrafficOnly"]!);
        Assert.Equal("Disabled", (string)models["publicNetworkAccess"]!);
        Assert.Equal("ReadOnly", (string)Deployments.Public.One("Microsoft.App/managedEnvironments/storages")["properties"]!["nfsAzureFile"]!["accessMode"]!);
    }

    [Fact]
    public void Subnets_OfTheStandardRange_DoNotOverlap() => AssertSubnets(Deployments.Standard, "10.20.0.0/24", "10.20.1.0/24", "10.20.2.0/23");

    [Fact]
    public void Subnets_OfTheSmallestRange_FitIntoIt() => AssertSubnets(Deployments.Company, "192.168.16.0/24", "192.168.17.0/24", "192.168.18.0/23");

    private static void AssertSubnets(Snapshot plan, string functions, string endpoints, string worker)
    {
        var subnets = plan.One("Microsoft.Network/virtualNetworks")["properties"]!["subnets"]!.AsArray()
            .ToDictionary(s => (string)s!["name"]!, s => s!["properties"]!);
        Assert.Equal([functions, endpoints, worker], new[] { "functions", "endpoints", "worker" }.Select(n => (string)subnets[n]["addressPrefix"]!));
        foreach (var delegated in new[] { "functions", "worker" })
            Assert.Equal("Microsoft.App/environments", (string)Assert.Single(subnets[delegated]["delegations"]!.AsArray())!["properties"]!["serviceName"]!);
    }

    private static JsonNode Documents(Snapshot plan) => Assert.Single(plan.Of("Microsoft.Storage/storageAccounts"), a => (string)a["kind"]! == "StorageV2")["properties"]!;

    private static string Group(JsonNode endpoint) => (string)endpoint["properties"]!["privateLinkServiceConnections"]![0]!["properties"]!["groupIds"]![0]!;

    private static IEnumerable<string> Addresses(JsonNode rules) => rules["ipRules"]!.AsArray().Select(r => (string)r!["value"]!);
}
