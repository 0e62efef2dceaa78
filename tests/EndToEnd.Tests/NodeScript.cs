using System.Diagnostics;

namespace Serverless.EndToEnd.Tests;

/// <summary>A script under browser/, run with Node: real browser clients and a real browser.</summary>
public static class NodeScript
{
    public static string? Chromium { get; } = new[] { "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome" }.FirstOrDefault(File.Exists);

    public static async Task<string> RunAsync(string script, params string[] arguments)
    {
        var start = new ProcessStartInfo("node", [Path.Combine(AppContext.BaseDirectory, "browser", script), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["REPOSITORY"] = LocalStack.RepositoryRoot;
        start.Environment["CHROMIUM"] = Chromium ?? string.Empty;
        using var process = Process.Start(start)!;
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(3));
        var output = process.StandardOutput.ReadToEndAsync(limit.Token);
        var errors = process.StandardError.ReadToEndAsync(limit.Token);
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{script} did not end within three minutes.");
        }

        Assert.True(process.ExitCode == 0, $"{script} failed:\n{await output}\n{await errors}");
        return await output;
    }
}
