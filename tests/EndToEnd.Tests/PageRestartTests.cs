using System.Text.Json;

namespace Serverless.EndToEnd.Tests;

/// <summary>An open page outlives what happens to its stack.</summary>
[Collection("lifecycle")]
public sealed class PageRestartTests
{
    [ChromiumFact]
    public async Task Page_StackKilledAndStartedAgain_GoesOnWithItsConversation()
    {
        var folder = Directory.CreateTempSubdirectory("serverless-page-");
        await using var stack = new LocalStack();
        await stack.StartAsync("--no-samples");
        var route = new { name = "demo-llama", route_type = "llm/v1/completions", model = new { provider = "gpu-worker", name = "demo-llama" } };
        var (status, body) = await stack.Http.SendAsync(HttpMethod.Post, "/api/2.0/gateway/routes", route);
        Assert.True((int)status is 200 or 201, body.ToString());
        try
        {
            var script = NodeScript.RunAsync("restart.mjs", stack.Http.BaseAddress!.ToString().TrimEnd('/'), folder.FullName);
            while (!script.IsCompleted && !File.Exists(Path.Combine(folder.FullName, "asked"))) await Task.Delay(50);
            await stack.KillAsync();
            await File.WriteAllTextAsync(Path.Combine(folder.FullName, "killed"), string.Empty);
            await stack.StartAsync("--no-samples");
            await File.WriteAllTextAsync(Path.Combine(folder.FullName, "restarted"), string.Empty);

            var seen = JsonDocument.Parse(await script).RootElement;
            string Text(string name) => seen.GetProperty(name).GetString()!;
            Assert.Contains("only quotes a passage", Text("demo"), StringComparison.Ordinal);
            Assert.NotEmpty(Text("first"));
            Assert.Contains("cannot be reached", Text("trouble"), StringComparison.Ordinal);
            Assert.Equal("Asked while it is away", Text("askedAgain"));
            Assert.Equal(Text("first"), Text("afterTrouble"));
            Assert.Equal(Text("first"), Text("kept"));
            Assert.NotEmpty(Text("second"));
            Assert.True(seen.GetProperty("negotiations").GetInt32() >= 2, "The page negotiates anew after the restart.");
            Assert.NotEmpty(Text("direct"));
            Assert.Contains("tokens", Text("directFacts"), StringComparison.Ordinal);
            Assert.Equal(0, seen.GetProperty("directStreams").GetInt32());
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
