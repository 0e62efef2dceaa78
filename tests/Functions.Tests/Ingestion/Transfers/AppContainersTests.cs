using Serverless.Functions.Ingestion.Transfers;
using System.Text.RegularExpressions;

namespace Serverless.Functions.Tests.Ingestion.Transfers;

public sealed partial class AppContainersTests
{
    /// <summary>A container that the deployment makes is the app's: nobody reads it by way of an import.</summary>
    [Fact]
    public void Names_AreThoseThatTheDeploymentMakes()
    {
        var bicep = File.ReadAllText(Path.Combine(Root(), "infra", "modules", "storage.bicep"));
        var list = bicep[bicep.IndexOf("for container in [", StringComparison.Ordinal)..];
        var made = Name().Matches(list[..list.IndexOf(']', StringComparison.Ordinal)]).Select(match => match.Groups[1].Value);
        Assert.Equal(made.Order(StringComparer.Ordinal), AppContainers.Names.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("files")]
    [InlineData("my-files-2024")]
    [InlineData("abc")]
    public void WhyNot_OfSomebodysContainer_IsNull(string name) => Assert.Null(AppContainers.WhyNot(name));

    [Theory]
    [InlineData("ab")]
    [InlineData("-files")]
    [InlineData("files-")]
    [InlineData("$web")]
    [InlineData("fi/les")]
    [InlineData("fîles")]
    [InlineData("serverless-largemessages")]
    [InlineData("azure-webjobs-hosts")]
    public void WhyNot_OfOthers_SaysWhy(string name) => Assert.NotNull(AppContainers.WhyNot(name));

    private static string Root()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Serverless.sln"))) return folder.FullName;
        }

        throw new InvalidOperationException("The tests do not run inside the repository.");
    }

    [GeneratedRegex(@"'([a-z-]+)'")]
    private static partial Regex Name();
}
