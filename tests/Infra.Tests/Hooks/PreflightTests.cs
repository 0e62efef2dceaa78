using Serverless.Infra.Hooks;

namespace Serverless.Infra.Tests.Hooks;

public sealed class PreflightTests
{
    private static readonly DeploymentPlan Plan = new("s", "swedencentral", "demo", "Consumption-GPU-NC24-A100", 4, RecoverVault: false, HasContentSafety: false);
    private static readonly AzureOffer Offer = new(
        [],
        ["Consumption", "Consumption-GPU-NC24-A100", "NC48-A100"],
        ["swedencentral"],
        new Dictionary<string, int> { [Preflight.ServerlessQuota] = 8, [Preflight.DedicatedQuota] = 8 },
        [],
        []);

    [Fact]
    public void Check_WhereAllIsThere_FindsNothing() => Assert.Empty(Preflight.Check(Plan, Offer));

    [Fact]
    public void Check_InARegionWithoutTheProfile_StopsAndNamesWhatThereIs()
    {
        var finding = Assert.Single(Preflight.Check(Plan with { WorkerProfile = "NC96-A100", MaxReplicas = 1 }, Offer));
        Assert.True(finding.Stops);
        Assert.Contains("Consumption-GPU-NC24-A100, NC48-A100", finding.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Check_InARegionWithoutFlexConsumption_Stops() =>
        Assert.True(Assert.Single(Preflight.Check(Plan with { Location = "nowhere" }, Offer)).Stops);

    [Theory]
    [InlineData("Consumption-GPU-NC24-A100", 0, "will not start")]
    [InlineData("Consumption-GPU-NC24-A100", 1, "not for a new revision")]
    [InlineData("Consumption-GPU-NC24-A100", 2, "fewer than WORKER_MAX_REPLICAS")]
    [InlineData("NC48-A100", 1, "will not start")]
    [InlineData("NC48-A100", 3, "not for a new revision")]
    public void Check_OfAQuotaTooSmall_SaysWhatItIsTooSmallFor(string profile, int left, string text)
    {
        var quota = new Dictionary<string, int> { [Preflight.ServerlessQuota] = 8, [Preflight.DedicatedQuota] = 8 };
        quota[profile.StartsWith('C') ? Preflight.ServerlessQuota : Preflight.DedicatedQuota] = left;
        var finding = Assert.Single(Preflight.Check(Plan with { WorkerProfile = profile }, Offer with { GpuQuota = quota }));
        Assert.False(finding.Stops);
        Assert.Contains(text, finding.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Check_WhereContainerAppsIsNotRegistered_SaysSoAndGuessesNothing()
    {
        var finding = Assert.Single(Preflight.Check(Plan, Offer with { UnregisteredProviders = ["Microsoft.App"], WorkloadProfiles = null, GpuQuota = new Dictionary<string, int>() }));
        Assert.False(finding.Stops);
        Assert.Contains("Microsoft.App", finding.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false, "kv-1", "KEY_VAULT_CREATE_MODE recover")]
    [InlineData(true, null, "KEY_VAULT_CREATE_MODE default")]
    public void Check_OfAVaultThatWasDeleted_SaysWhatToSet(bool recover, string? deleted, string text)
    {
        var finding = Assert.Single(Preflight.Check(Plan with { RecoverVault = recover }, Offer with { DeletedVaults = deleted is null ? [] : [deleted] }));
        Assert.True(finding.Stops);
        Assert.Contains(text, finding.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Check_OfContentSafetyThatWasDeleted_SaysHowToPurgeIt()
    {
        var finding = Assert.Single(Preflight.Check(Plan with { HasContentSafety = true }, Offer with { DeletedContentSafety = [new("cs-1", "rg-demo")] }));
        Assert.True(finding.Stops);
        Assert.Contains("az cognitiveservices account purge --name cs-1 --resource-group rg-demo --location swedencentral", finding.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, false)]
    [InlineData("", false)]
    [InlineData("none", false)]
    [InlineData("S0", true)]
    public void Read_OfContentSafety_KnowsWhetherItIsMade(string? sku, bool isMade) =>
        Assert.Equal(isMade, DeploymentPlan.Read(name => name switch { "CONTENT_SAFETY_SKU" => sku, "WORKER_MAX_REPLICAS" => null, _ => "x" }).HasContentSafety);

    [Theory]
    [InlineData("0")]
    [InlineData("21")]
    [InlineData("many")]
    public void Read_OfAWrongNumber_NamesTheVariable(string value)
    {
        var exception = Assert.Throws<PreflightException>(() => DeploymentPlan.Read(name => name == "WORKER_MAX_REPLICAS" ? value : "x"));
        Assert.Contains("WORKER_MAX_REPLICAS", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_OfADisplayName_TakesItsShortName() => Assert.Equal("swedencentral", DeploymentPlan.Read(name => name == "AZURE_LOCATION" ? "Sweden Central" : name == "WORKER_MAX_REPLICAS" ? null : "x").Location);
}
