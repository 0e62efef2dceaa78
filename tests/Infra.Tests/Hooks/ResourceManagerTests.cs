using System.Net;
using Serverless.Infra.Hooks;
using Serverless.Infra.Tests.Compiler;

namespace Serverless.Infra.Tests.Hooks;

public sealed class ResourceManagerTests
{
    private static readonly DeploymentPlan Plan = new("sub", "swedencentral", "demo", "NC24-A100", 1, RecoverVault: false, HasContentSafety: false);

    [Fact]
    public async Task ReadOffer_OfAnswersInPages_ReadsThemAllAsync()
    {
        var offer = await ReadAsync(path => path switch
        {
            "/subscriptions/sub/providers" => """{"value":[{"namespace":"Microsoft.App","registrationState":"Registered"},{"namespace":"microsoft.web","registrationState":"Registered"},{"namespace":"Microsoft.Search","registrationState":"NotRegistered"}]}""",
            "/subscriptions/sub/providers/Microsoft.App/locations/swedencentral/availableManagedEnvironmentsWorkloadProfileTypes" => """{"value":[{"name":"Consumption"}],"nextLink":"https://management.azure.com/more"}""",
            "/more" => """{"value":[{"name":"NC24-A100"}]}""",
            "/subscriptions/sub/providers/Microsoft.App/locations/swedencentral/usages" => """{"value":[{"name":{"value":"SubscriptionNCA100Gpus"},"currentValue":1.0,"limit":3.0}]}""",
            "/subscriptions/sub/providers/Microsoft.Web/geoRegions" => """{"value":[{"name":"Sweden Central"}]}""",
            _ => """{"value":[{"name":"kv-1","properties":{"location":"swedencentral","tags":{"azd-env-name":"demo"}}},{"name":"kv-2","properties":{"location":"swedencentral","tags":{"azd-env-name":"other"}}},{"name":"kv-3","properties":{"location":"westeurope","tags":{"azd-env-name":"demo"}}},{"name":"kv-4","properties":{"location":"swedencentral"}}]}""",
        });
        Assert.Equal(["Consumption", "NC24-A100"], offer.WorkloadProfiles);
        Assert.Equal(2, offer.GpuQuota[Preflight.DedicatedQuota]);
        Assert.Equal(["swedencentral"], offer.FlexRegions);
        Assert.Equal(["kv-1"], offer.DeletedVaults);
        Assert.Contains("Microsoft.Search", offer.UnregisteredProviders);
        Assert.DoesNotContain("Microsoft.Web", offer.UnregisteredProviders);
    }

    [Fact]
    public async Task ReadOffer_WhereContentSafetyIsWanted_LooksForOneThatWasDeletedAsync()
    {
        const string Account = """{"id":"/subscriptions/sub/providers/Microsoft.CognitiveServices/locations/swedencentral/resourceGroups/rg-demo/deletedAccounts/cs-1","name":"cs-1","location":"Sweden Central","kind":"ContentSafety","tags":{"azd-env-name":"demo"}}""";
        var others = new[] { ("\"demo\"", "\"other\""), ("Sweden Central", "westeurope"), ("ContentSafety", "OpenAI"), ("\"tags\"", "\"labels\"") };
        string? Answer(string path) => path switch
        {
            "/subscriptions/sub/providers" => """{"value":[{"namespace":"Microsoft.CognitiveServices","registrationState":"Registered"}]}""",
            "/subscriptions/sub/providers/Microsoft.CognitiveServices/deletedAccounts" => $$"""{"value":[{{string.Join(',', others.Select(o => Account.Replace(o.Item1, o.Item2, StringComparison.Ordinal)).Append(Account))}}]}""",
            _ => """{"value":[]}""",
        };
        Assert.Equal([new DeletedAccount("cs-1", "rg-demo")], (await ReadAsync(Answer, Plan with { HasContentSafety = true })).DeletedContentSafety);
        Assert.Empty((await ReadAsync(Answer)).DeletedContentSafety);

        var unregistered = await ReadAsync(_ => """{"value":[]}""", Plan with { HasContentSafety = true });
        Assert.Contains("Microsoft.CognitiveServices", unregistered.UnregisteredProviders);
    }

    [Fact]
    public async Task ReadOffer_OfProviders_LooksAtAllThatTheTemplatesNameAsync()
    {
        var offer = await ReadAsync(_ => """{"value":[]}""");
        var used = Deployments.Standard.Resources.Concat(Deployments.StandardWorker.Resources).Select(r => ((string)r["type"]!).Split('/')[0]).Distinct().Except(["Microsoft.Authorization", "Microsoft.Resources"]);
        Assert.Equal(used.Order(StringComparer.Ordinal), offer.UnregisteredProviders.Order(StringComparer.Ordinal));
        Assert.Null(offer.WorkloadProfiles);
    }

    [Fact]
    public async Task ReadOffer_Refused_SaysWhatWasAskedAsync()
    {
        var exception = await Assert.ThrowsAsync<PreflightException>(() => ReadAsync(_ => null));
        Assert.Contains("403", exception.Message, StringComparison.Ordinal);
        Assert.Contains("azd auth login", exception.Message, StringComparison.Ordinal);
    }

    private static async Task<AzureOffer> ReadAsync(Func<string, string?> answer, DeploymentPlan? plan = null)
    {
        using var http = new HttpClient(new Answers(answer)) { BaseAddress = new Uri("https://management.azure.com/") };
        return await new ResourceManager(http).ReadOfferAsync(plan ?? Plan, CancellationToken.None);
    }

    private sealed class Answers(Func<string, string?> answer) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            Task.FromResult(answer(request.RequestUri!.AbsolutePath) is { } json
                ? new HttpResponseMessage(HttpStatusCode.OK) { Content = new StringContent(json) }
                : new HttpResponseMessage(HttpStatusCode.Forbidden));
    }
}
