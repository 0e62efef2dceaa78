using System.Text.Json;
using System.Text.RegularExpressions;
using Serverless.Functions.Tests.Hosting;

namespace Serverless.Functions.Tests.Deployment;

/// <summary>What infra/README.md says to send first to a gateway that has just been deployed.</summary>
[Collection("gateway")]
public sealed partial class FirstQuestionsTests(AzuriteFixture azurite)
{
    [Fact]
    public async Task Commands_OfTheReadme_AreTakenInTheirOrder()
    {
        await using var host = await GatewayHost.StartAsync(azurite, new() { ["Gateway:AnonymousAccess"] = "none", ["Gateway:OperatorKey"] = GatewayHost.OperatorKey });
        var readme = await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "Deployment", "infra-readme.md"));
        var commands = Commands().Matches(readme);
        Assert.Equal(5, commands.Count);
        foreach (Match command in commands)
        {
            var body = JsonSerializer.Deserialize<JsonElement>(command.Groups["body"].Value);
            var answer = await host.SendAsync(new HttpMethod(command.Groups["method"].Value), command.Groups["path"].Value, body, GatewayHost.OperatorKey);
            Assert.True(answer.Status is 200 or 201, $"{command.Value}: {answer.Status} {answer.Body}");
        }
    }

    [GeneratedRegex("^call (?<method>[A-Z]+) (?<path>\\S+) --json '(?<body>[^']+)'$", RegexOptions.Multiline)]
    private static partial Regex Commands();
}
