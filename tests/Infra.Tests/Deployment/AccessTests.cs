using Serverless.Infra.Tests.Compiler;

namespace Serverless.Infra.Tests.Deployment;

/// <summary>Who may do what: nobody by a key, everybody by a role, and no one more than is listed here.</summary>
public sealed class AccessTests
{
    private const string BlobDataOwner = "b7e6dc6d-f1e8-4753-8033-0f276bb0955b";
    private const string BlobDataContributor = "ba92f5b4-2d11-453d-a403-e96b0029c9fe";
    private const string QueueDataContributor = "974c5e8b-45b9-4653-ba55-5f855dd0fb88";
    private const string QueueDataMessageSender = "c6a89b2d-59bc-44d0-9896-0f6e12d7b80a";
    private const string TableDataContributor = "0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3";
    private const string KeyVaultSecretsOfficer = "b86a8fe4-44ce-4948-aee5-eccb2c155cd7";
    private const string KeyVaultSecretsUser = "4633458b-17de-408a-b874-0445c86b69e6";
    private const string SearchIndexDataContributor = "8ebe5a00-799e-43f5-93ac-243d3dce84a7";
    private const string SearchServiceContributor = "7ca78c08-252a-4471-8644-bb5ff32d4ba0";
    private const string SignalRRestApiOwner = "fd53cd77-2268-407a-8f46-7e7863d0f521";
    private const string AcrPull = "7f951dda-4ed3-4680-a7ca-43fe172d538d";
    private const string MonitoringMetricsPublisher = "3913510d-42f4-4e42-8a64-420c390055eb";

    private const string CognitiveServicesUser = "a97b65f3-24c7-4388-baec-2e87135dc908";

    private static readonly string[] AppGrants =
    [
        $"id-gateway | {BlobDataOwner} | Microsoft.Storage/storageAccounts/st",
        $"id-gateway | {QueueDataContributor} | Microsoft.Storage/storageAccounts/st",
        $"id-gateway | {TableDataContributor} | Microsoft.Storage/storageAccounts/st",
        $"id-gateway | {KeyVaultSecretsOfficer} | Microsoft.KeyVault/vaults/kv",
        $"id-gateway | {SearchIndexDataContributor} | Microsoft.Search/searchServices/srch",
        $"id-gateway | {SearchServiceContributor} | Microsoft.Search/searchServices/srch",
        $"id-gateway | {SignalRRestApiOwner} | Microsoft.SignalRService/signalR/sigr",
        $"id-gateway | {MonitoringMetricsPublisher} | Microsoft.Insights/components/appi",
        $"id-worker | {KeyVaultSecretsUser} | Microsoft.KeyVault/vaults/kv/secrets/worker-api-key",
        $"id-worker | {SignalRRestApiOwner} | Microsoft.SignalRService/signalR/sigr",
        $"id-worker | {AcrPull} | Microsoft.ContainerRegistry/registries/cr",
        $"id-worker | {MonitoringMetricsPublisher} | Microsoft.Insights/components/appi",
        $"id-events | {QueueDataMessageSender} | Microsoft.Storage/storageAccounts/st",
        $"id-events | {BlobDataContributor} | Microsoft.Storage/storageAccounts/st",
    ];

    private static readonly string[] DeployerGrants =
    [
        $"{Deployments.Deployer} | {BlobDataContributor} | Microsoft.Storage/storageAccounts/st",
        $"{Deployments.Deployer} | {KeyVaultSecretsOfficer} | Microsoft.KeyVault/vaults/kv",
        $"{Deployments.Deployer} | {SearchIndexDataContributor} | Microsoft.Search/searchServices/srch",
    ];

    [Fact]
    public void Roles_WithADeployer_AreTheseAlone() => AssertGrants([.. AppGrants, .. DeployerGrants], Deployments.Standard);

    [Fact]
    public void Roles_WithoutADeployer_AreThoseOfTheAppsAlone() => AssertGrants(AppGrants, Deployments.Public);

    [Fact]
    public void ContentSafety_WhereItIsWanted_IsTheGatewaysAloneByIdentityAndByThePrivateNetwork()
    {
        AssertGrants([.. AppGrants, $"id-gateway | {CognitiveServicesUser} | Microsoft.CognitiveServices/accounts/cs"], Deployments.Tuned);
        var account = Deployments.Tuned.One("Microsoft.CognitiveServices/accounts");
        Assert.Equal("ContentSafety", (string)account["kind"]!);
        Assert.True((bool)account["properties"]!["disableLocalAuth"]!);
        Assert.Equal("Disabled", (string)account["properties"]!["publicNetworkAccess"]!);
        Assert.NotNull(Deployments.Tuned.One("Microsoft.Network/privateEndpoints", "pe-cs-"));
    }

    [Fact]
    public void Roles_OfAPipeline_AreGrantedToAServicePrincipal()
    {
        AssertGrants([.. AppGrants, .. DeployerGrants], Deployments.Company);
        Assert.All(Deployments.Company.Of("Microsoft.Authorization/roleAssignments"), r => Assert.Equal("ServicePrincipal", (string)r["properties"]!["principalType"]!));
    }

    [Theory]
    [InlineData("Microsoft.Storage/storageAccounts", "allowSharedKeyAccess", false)]
    [InlineData("Microsoft.Storage/storageAccounts", "allowBlobPublicAccess", false)]
    [InlineData("Microsoft.Search/searchServices", "disableLocalAuth", true)]
    [InlineData("Microsoft.SignalRService/signalR", "disableLocalAuth", true)]
    [InlineData("Microsoft.Insights/components", "DisableLocalAuth", true)]
    [InlineData("Microsoft.KeyVault/vaults", "enableRbacAuthorization", true)]
    [InlineData("Microsoft.ContainerRegistry/registries", "adminUserEnabled", false)]
    [InlineData("Microsoft.ContainerRegistry/registries", "anonymousPullEnabled", false)]
    [InlineData("Microsoft.Web/sites/basicPublishingCredentialsPolicies", "allow", false)]
    [InlineData("Microsoft.Web/sites", "httpsOnly", true)]
    public void Service_Everywhere_TakesIdentitiesAlone(string type, string property, bool value)
    {
        var resources = Deployments.Standard.Of(type).ToArray();
        Assert.NotEmpty(resources);
        Assert.All(resources, r => Assert.Equal(value, (bool)r["properties"]![property]!));
    }

    [Fact]
    public void Logs_OfTheContainers_NeedNoKeyOfTheWorkspace()
    {
        Assert.Equal("azure-monitor", (string)Deployments.Standard.One("Microsoft.App/managedEnvironments")["properties"]!["appLogsConfiguration"]!["destination"]!);
        Assert.True((bool)Deployments.Standard.One("Microsoft.OperationalInsights/workspaces")["properties"]!["features"]!["disableLocalAuth"]!);
        var categories = Deployments.Standard.One("Microsoft.Insights/diagnosticSettings")["properties"]!["logs"]!.AsArray().Select(l => (string)l!["category"]!);
        Assert.Equal(["ContainerAppConsoleLogs", "ContainerAppSystemLogs"], categories);
    }

    [Fact]
    public void Tls_Everywhere_IsOfVersion12AtLeast()
    {
        Assert.All(Deployments.Standard.Of("Microsoft.Storage/storageAccounts"), a => Assert.Equal("TLS1_2", (string)a["properties"]!["minimumTlsVersion"]!));
        var site = Deployments.Standard.One("Microsoft.Web/sites")["properties"]!["siteConfig"]!;
        Assert.Equal(["1.2", "1.2"], new[] { "minTlsVersion", "scmMinTlsVersion" }.Select(p => (string)site[p]!));
    }

    [Fact]
    public void Vault_ByDefault_IsNewAndKeptFromBeingPurged() => AssertVault(Deployments.Standard, "default", purgeProtection: true);

    [Fact]
    public void Vault_ThatWasDeleted_IsRecovered() => AssertVault(Deployments.Company, "recover", purgeProtection: true);

    [Fact]
    public void Vault_WithoutPurgeProtection_LeavesItOut() => AssertVault(Deployments.Public, "default", purgeProtection: null);

    private static void AssertVault(Snapshot plan, string mode, bool? purgeProtection)
    {
        var vault = plan.One("Microsoft.KeyVault/vaults")["properties"]!;
        Assert.Equal(mode, (string)vault["createMode"]!);
        Assert.Equal(purgeProtection, (bool?)vault["enablePurgeProtection"]);
        Assert.True((bool)vault["enableSoftDelete"]!);
    }

    private static void AssertGrants(IEnumerable<string> expected, Snapshot plan) =>
        Assert.Equal(expected.Order(StringComparer.Ordinal), plan.Grants().Order(StringComparer.Ordinal));
}
