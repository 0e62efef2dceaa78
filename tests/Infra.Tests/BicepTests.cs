using System.Text.RegularExpressions;

namespace Serverless.Infra.Tests;

public sealed partial class BicepTests(BicepFixture bicep) : IClassFixture<BicepFixture>
{
    /// <summary>Azure's built-in roles that the deployment grants, by their fixed ids.</summary>
    private static readonly Dictionary<string, string> KnownRoles = new()
    {
        ["b7e6dc6d-f1e8-4753-8033-0f276bb0955b"] = "Storage Blob Data Owner",
        ["ba92f5b4-2d11-453d-a403-e96b0029c9fe"] = "Storage Blob Data Contributor",
        ["974c5e8b-45b9-4653-ba55-5f855dd0fb88"] = "Storage Queue Data Contributor",
        ["c6a89b2d-59bc-44d0-9896-0f6e12d7b80a"] = "Storage Queue Data Message Sender",
        ["0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3"] = "Storage Table Data Contributor",
        ["b86a8fe4-44ce-4948-aee5-eccb2c155cd7"] = "Key Vault Secrets Officer",
        ["4633458b-17de-408a-b874-0445c86b69e6"] = "Key Vault Secrets User",
        ["8ebe5a00-799e-43f5-93ac-243d3dce84a7"] = "Search Index Data Contributor",
        ["7ca78c08-252a-4471-8644-bb5ff32d4ba0"] = "Search Service Contributor",
        ["fd53cd77-2268-407a-8f46-7e7863d0f521"] = "SignalR REST API Owner",
        ["7f951dda-4ed3-4680-a7ca-43fe172d538d"] = "AcrPull",
        ["3913510d-42f4-4e42-8a64-420c390055eb"] = "Monitoring Metrics Publisher",
    };

    [Fact]
    public void Files_Parsed_HaveNoSyntaxError() => Assert.Empty(bicep.Files.SelectMany(f => f.Errors));

    [Fact]
    public void Parser_BrokenFile_ReportsItsLine()
    {
        var folder = Directory.CreateTempSubdirectory("bicep");
        try
        {
            File.WriteAllText(Path.Combine(folder.FullName, "broken.bicep"), "param a string\nresource x 'A/b@2020-01-01' = {\n  name: \n}\n");
            Assert.NotEmpty(bicep.Parse(folder.FullName).Single().Errors);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void Modules_Called_GetWhatTheyDeclare()
    {
        var problems = new List<string>();
        foreach (var (file, module) in bicep.Files.SelectMany(f => f.Modules.Select(m => (f, m))))
        {
            var target = bicep.Files.SingleOrDefault(f => f.File == module.Path);
            if (target is null)
            {
                problems.Add($"{file.File}: module {module.Name} names the missing file {module.Path}");
                continue;
            }

            problems.AddRange(module.Params.Except(target.Parameters.Select(p => p.Name)).Select(p => $"{file.File}: {module.Path} has no parameter {p}"));
            problems.AddRange(target.Parameters.Where(p => !p.Optional).Select(p => p.Name).Except(module.Params).Select(p => $"{file.File}: {module.Path} needs parameter {p}"));
        }

        Assert.Empty(problems);
    }

    [Fact]
    public void Outputs_Used_Exist()
    {
        var problems =
            from file in bicep.Files
            from use in file.OutputUses
            let module = file.Modules.SingleOrDefault(m => m.Name == use.Module)
            let target = module is null ? null : bicep.Files.SingleOrDefault(f => f.File == module.Path)
            where target is null || !target.Outputs.Contains(use.Output)
            select $"{file.File}: {use.Module}.outputs.{use.Output}";
        Assert.Empty(problems);
    }

    [Fact]
    public void Roles_Granted_AreKnownBuiltInRoles()
    {
        var ids = bicep.Files.SelectMany(f => f.Strings).Where(s => RoleId().IsMatch(s)).ToHashSet();
        Assert.NotEmpty(ids);
        Assert.Empty(ids.Except(KnownRoles.Keys));
    }

    [Theory]
    [InlineData("Microsoft.Web/sites")]
    [InlineData("Microsoft.Storage/storageAccounts")]
    [InlineData("Microsoft.EventGrid/systemTopics")]
    [InlineData("Microsoft.KeyVault/vaults")]
    [InlineData("Microsoft.Search/searchServices")]
    [InlineData("Microsoft.SignalRService/signalR")]
    [InlineData("Microsoft.App/containerApps")]
    [InlineData("Microsoft.ManagedIdentity/userAssignedIdentities")]
    public void Deployment_Whole_HoldsTheService(string type) =>
        Assert.Contains(bicep.Files.SelectMany(f => f.Resources), r => r.StartsWith(type + "@", StringComparison.Ordinal));

    [Theory]
    [InlineData("DocumentStorage__blobServiceUri")]
    [InlineData("DocumentStorage__queueServiceUri")]
    [InlineData("KeyVault__Uri")]
    [InlineData("Search__Endpoint")]
    [InlineData("SignalR__ConnectionString")]
    [InlineData("GpuWorker__BaseUrl")]
    [InlineData("AzureWebJobsStorage__accountName")]
    public void FunctionsApp_Settings_HoldWhatTheCodeReads(string key) =>
        Assert.Contains(key, bicep.Files.Single(f => f.File.EndsWith("functions.bicep", StringComparison.Ordinal)).Settings);

    [Fact]
    public void Settings_Deployed_HoldNoKeyInClear() =>
        Assert.DoesNotContain(bicep.Files.SelectMany(f => f.Strings), s => s.Contains("AccountKey=", StringComparison.OrdinalIgnoreCase) || s.Contains("AccessKey=", StringComparison.OrdinalIgnoreCase));

    [GeneratedRegex("^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$")]
    private static partial Regex RoleId();
}
