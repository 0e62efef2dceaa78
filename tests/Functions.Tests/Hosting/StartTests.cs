using System.Diagnostics;

namespace Serverless.Functions.Tests.Hosting;

/// <summary>The app's own process, started with settings that it cannot run with.</summary>
public sealed class StartTests
{
    private static readonly Dictionary<string, string> Deployed = new()
    {
        ["DocumentStorage"] = "UseDevelopmentStorage=true",
        ["KeyVault:Uri"] = "https://vault.example",
        ["Search:Endpoint"] = "https://search.example",
        ["SignalR:ConnectionString"] = "Endpoint=https://signalr.example;AccessKey=0123456789abcdef0123456789abcdef;Version=1.0;",
    };

    /// <summary>Read as the app is composed, or bound from a section; a number, a text, an address, a secret; one that is missing.</summary>
    [Theory]
    [InlineData("Gateway:UpstreamTimeoutSeconds", "-1", "1 to 600")]
    [InlineData("Gateway:OperatorKey", "too short", "24 to 512")]
    [InlineData("Batches:Concurrency", "99999999999999999999", "1 to 256")]
    [InlineData("Telemetry:Prometheus", "maybe", "'true' or 'false'")]
    [InlineData("DocumentStorage", "AccountKey=secret", "connection string")]
    [InlineData("KeyVault:Uri", "", "https URL")]
    [InlineData("Search:Endpoint", "http://search.example", "https")]
    [InlineData("Ingestion:ChunkTokens", "1", "16 to 2048")]
    [InlineData("Ingestion:MaxPages", "many", "Int32")]
    public async Task Setting_ThatIsWrong_IsOneLineThatNamesIt(string key, string value, string permitted)
    {
        var (code, said) = await RunAsync(key, value);
        var line = Assert.Single(said.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal(2, code);
        Assert.Contains(key, line, StringComparison.Ordinal);
        Assert.Contains(permitted, line, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", line, StringComparison.Ordinal);
    }

    /// <summary>What is bound is checked as a whole.</summary>
    [Fact]
    public async Task Settings_OfASectionThatAreWrong_AreALineEach()
    {
        var (code, said) = await RunAsync("Ingestion:EmbedBatch", "0", "Ingestion:ReadParallelism", "0", "Search:Analyzer", " ");
        Assert.Equal(2, code);
        Assert.Equal(3, said.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
    }

    private static async Task<(int ExitCode, string Said)> RunAsync(params string[] settings)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "Serverless.Functions.dll")]) { RedirectStandardError = true, RedirectStandardOutput = true };
        foreach (var (key, value) in Deployed) Set(key, value);
        for (var i = 0; i < settings.Length; i += 2) Set(settings[i], settings[i + 1]);
        using var app = Process.Start(start)!;
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        try
        {
            var (errors, output) = (app.StandardError.ReadToEndAsync(limit.Token), app.StandardOutput.ReadToEndAsync(limit.Token));
            await app.WaitForExitAsync(limit.Token);
            return (app.ExitCode, await errors + await output);
        }
        finally
        {
            if (!app.HasExited) app.Kill();
        }

        void Set(string key, string value) => start.Environment[key.Replace(":", "__", StringComparison.Ordinal)] = value;
    }
}
