using System.Text.RegularExpressions;

namespace Serverless.Infra.Tests.Monitoring;

public sealed partial class QueryTests
{
    public static TheoryData<string> Files => [.. Queries.Files()];

    [Theory]
    [MemberData(nameof(Files))]
    public void Query_OfTheFolder_IsWhole(string file) => Assert.Empty(Queries.All[file].Faults);

    [Theory]
    [InlineData("AppMetrics | where Nme == 'x'")]
    [InlineData("AppMetric | count")]
    [InlineData("AppTraces | summarize sumi(ItemCount)")]
    [InlineData("AppTraces | where SeverityLevel >")]
    public void Query_ThatIsBroken_IsFoundToBe(string query) => Assert.NotEmpty(Queries.Analyze(new Dictionary<string, string> { ["broken"] = query })["broken"].Faults);

    /// <summary>What a query looks for is what the code measures, writes and spans.</summary>
    [Theory]
    [MemberData(nameof(Files))]
    public void Names_InAQuery_AreThoseOfTheCode(string file)
    {
        var query = string.Join('\n', Queries.Read(file).Split('\n').Where(line => !line.StartsWith("//", StringComparison.Ordinal)));
        var sources = Repository.ReadSources("functions") + Repository.ReadSources("gpu-worker") + Repository.ReadSources("contracts");
        foreach (var name in Quoted().Matches(query).Select(match => match.Groups[1].Value).Where(name => name is not ("EventId" or "xx")))
        {
            var isThere = name.All(char.IsAsciiDigit) ? Regex.IsMatch(sources, $@"LoggerMessage\((EventId = )?{name}, ") : sources.Contains($"\"{name}\"", StringComparison.Ordinal) || sources.Contains($"{{{name}}}", StringComparison.Ordinal);
            Assert.True(isThere, $"{file}: '{name}' is nowhere in the code.");
        }
    }

    [GeneratedRegex("'([^']+)'")]
    private static partial Regex Quoted();
}
