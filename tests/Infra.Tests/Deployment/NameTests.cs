using System.Text.RegularExpressions;
using Serverless.Infra.Tests.Compiler;

namespace Serverless.Infra.Tests.Deployment;

/// <summary>Azure's rules for names (learn.microsoft.com, Naming rules and restrictions for Azure resources), for every name that azd takes for an environment.</summary>
public sealed class NameTests
{
    private static readonly Dictionary<string, string> Rules = new()
    {
        ["Microsoft.App/managedEnvironments"] = "[a-z]([a-z0-9-]{0,30}[a-z0-9])?",
        ["Microsoft.ContainerRegistry/registries"] = "[A-Za-z0-9]{5,50}",
        ["Microsoft.EventGrid/systemTopics"] = "[A-Za-z0-9-]{3,50}",
        ["Microsoft.Insights/actionGroups"] = "[A-Za-z0-9-]{1,260}",
        ["Microsoft.Insights/components"] = @"[\w.()-]{0,259}[\w()-]",
        ["Microsoft.Insights/metricAlerts"] = "[A-Za-z0-9-]{1,260}",
        ["Microsoft.Insights/scheduledQueryRules"] = "[A-Za-z0-9-]{1,260}",
        ["Microsoft.Insights/webtests"] = "[A-Za-z0-9-]{1,260}",
        ["Microsoft.Insights/workbooks"] = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}",
        ["Microsoft.KeyVault/vaults"] = "(?!.*--)[A-Za-z][A-Za-z0-9-]{1,22}[A-Za-z0-9]",
        ["Microsoft.ManagedIdentity/userAssignedIdentities"] = @"[A-Za-z0-9][\w-]{2,127}",
        ["Microsoft.Network/privateEndpoints"] = @"[A-Za-z0-9][\w.-]{0,62}\w",
        ["Microsoft.Network/virtualNetworks"] = @"[A-Za-z0-9][\w.-]{0,62}\w",
        ["Microsoft.OperationalInsights/workspaces"] = "[A-Za-z0-9][A-Za-z0-9-]{2,61}[A-Za-z0-9]",
        ["Microsoft.Resources/resourceGroups"] = @"[\w.()-]{0,89}[\w()-]",
        ["Microsoft.Search/searchServices"] = "(?!.{1}-)(?!.*--)[a-z0-9][a-z0-9-]{0,58}[a-z0-9]",
        ["Microsoft.SignalRService/signalR"] = "[A-Za-z][A-Za-z0-9-]{1,61}[A-Za-z0-9]",
        ["Microsoft.Storage/storageAccounts"] = "[a-z0-9]{3,24}",
        ["Microsoft.Web/serverfarms"] = "[A-Za-z0-9-]{1,60}",
        ["Microsoft.Web/sites"] = "[A-Za-z0-9]([A-Za-z0-9-]{0,58}[A-Za-z0-9])?",
    };

    [Theory]
    [InlineData("a")]
    [InlineData("My_Team.serverless-(test)")]
    [InlineData("abcdefghijklmnopqrstuvwxyz-abcdefghijklmnopqrstuvwxyz-0123456789")]
    public void Names_ForAnyEnvironment_AreWithinAzuresRules(string environmentName)
    {
        var plan = Deployments.Whole("param alertEmails = ['ops@example.com']", environmentName);
        var wrong = plan.Resources
            .Where(r => Rules.ContainsKey((string)r["type"]!))
            .Select(r => (Type: (string)r["type"]!, Name: (string)r["name"]!))
            .Where(r => !Regex.IsMatch(r.Name, $"^{Rules[r.Type]}$"));
        Assert.Empty(wrong);

        // Every type that is named in Azure's own way is in the table: what is left are children, assignments and zones.
        var parents = plan.Resources.Select(r => (string)r["type"]!).Where(t => t.Count(c => c == '/') == 1).Distinct();
        Assert.Empty(parents.Except(Rules.Keys).Except(["Microsoft.Authorization/roleAssignments", "Microsoft.Network/privateDnsZones", "Microsoft.Insights/diagnosticSettings"]));
    }

    [Fact]
    public void Names_OfTwoEnvironments_Differ()
    {
        var (one, other) = (Deployments.Standard, Deployments.Whole("", "a"));
        var hosts = new[] { "Microsoft.Storage/storageAccounts", "Microsoft.KeyVault/vaults", "Microsoft.Web/sites", "Microsoft.Search/searchServices" };
        Assert.Empty(hosts.SelectMany(one.Of).Select(r => (string)r["name"]!).Intersect(hosts.SelectMany(other.Of).Select(r => (string)r["name"]!)));
    }
}
