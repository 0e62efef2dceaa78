using System.Text.Json.Nodes;
using Serverless.Infra.Tests.Compiler;

namespace Serverless.Infra.Tests.Monitoring;

public sealed class AlertTests
{
    private const string LogRule = "Microsoft.Insights/scheduledQueryRules";
    private const string MetricRule = "Microsoft.Insights/metricAlerts";

    private static Snapshot Told => Deployments.Whole("param alertEmails = ['ops@example.com', 'night@example.com']");

    [Fact]
    public void Alerts_WithNobodyToTell_AreNotMade()
    {
        foreach (var type in (string[])[LogRule, MetricRule, "Microsoft.Insights/actionGroups", "Microsoft.Insights/webtests"])
        {
            Assert.Empty(Deployments.Standard.Of(type));
            Assert.Empty(Deployments.StandardWorker.Of(type));
        }
    }

    [Fact]
    public void Readers_AreAllOfThem() =>
        Assert.Equal(["ops@example.com", "night@example.com"], Told.One("Microsoft.Insights/actionGroups")["properties"]!["emailReceivers"]!.AsArray().Select(reader => (string)reader!["emailAddress"]!));

    [Fact]
    public void Rules_OfEitherFile_TellTheReadersAndSayWhatIsWrong()
    {
        var worker = Deployments.Worker("Consumption-GPU-NC24-A100", hasAlerts: true);
        Assert.Equal(["worker-gone", "worker-restarts"], worker.Of(MetricRule).Select(Name).Order(StringComparer.Ordinal));
        var rules = Told.Of(LogRule).Concat(Told.Of(MetricRule)).Concat(worker.Of(MetricRule)).ToList();
        Assert.Equal(10, rules.Count);
        Assert.All(rules, rule =>
        {
            Assert.Contains("/actionGroups/ag-", rule["properties"]!["actions"]!.ToJsonString(), StringComparison.Ordinal);
            Assert.EndsWith(".", (string)rule["properties"]!["description"]!, StringComparison.Ordinal);
            Assert.Contains($"`{Name(rule)}`", Repository.Read("docs", "operations", "alerts.md"), StringComparison.Ordinal);
        });
    }

    [Fact]
    public void LogRules_MeasureColumnsThatTheirQueriesHave()
    {
        foreach (var rule in Told.Of(LogRule))
        {
            var criterion = Assert.Single(rule["properties"]!["criteria"]!["allOf"]!.AsArray())!;
            var file = $"alerts/{Name(rule)}.kql";
            Assert.Equal(Queries.Read(file), (string)criterion["query"]!);
            var wanted = criterion["dimensions"]!.AsArray().Select(dimension => (string)dimension!["name"]!).Append((string)criterion["metricMeasureColumn"]!);
            Assert.Equal(Queries.All[file].Columns.Order(StringComparer.Ordinal), wanted.Order(StringComparer.Ordinal));
        }
    }

    [Fact]
    public void Pages_AreAskedAtTheGatewayForWhatItSays()
    {
        var tests = Told.Of("Microsoft.Insights/webtests").ToList();
        Assert.All([("documents-stalled", "/health"), ("gateway-ready", "/health/ready")], page =>
            Assert.Contains($"'{page.Item2}'", (string)tests.Single(test => (string)test["properties"]!["Name"]! == page.Item1)["properties"]!["Request"]!["RequestUrl"]!, StringComparison.Ordinal));
        var sources = Repository.ReadSources("functions");
        foreach (var word in (string[])["ready", "stalled"])
        {
            Assert.Contains($"\"{word}\"", sources, StringComparison.Ordinal);
            Assert.Single(tests, test => ((string)test["properties"]!["ValidationRules"]!["ContentValidation"]!["ContentMatch"]!).EndsWith($":\"{word}\"", StringComparison.Ordinal));
        }
    }

    [Fact]
    public void Workbook_HasEveryQueryOfItsFolder()
    {
        var items = JsonNode.Parse((string)Deployments.Standard.One("Microsoft.Insights/workbooks")["properties"]!["serializedData"]!)!["items"]!.AsArray();
        Assert.Equal(Queries.Files().Where(file => file.StartsWith("workbook/", StringComparison.Ordinal)).Select(Queries.Read).Order(StringComparer.Ordinal), items.Where(item => (int)item!["type"]! == 3).Select(item => (string)item!["content"]!["query"]!).Order(StringComparer.Ordinal));
    }

    private static string Name(JsonNode rule) => (string)rule["name"]!;
}
