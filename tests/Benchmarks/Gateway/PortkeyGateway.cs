using System.Globalization;
using Serverless.EndToEnd.Tests;

namespace Serverless.Benchmarks.Gateway;

/// <summary>npm's @portkey-ai/gateway beside us, where somebody has installed it and says where in PORTKEY_GATEWAY (the folder of its package).</summary>
internal static class PortkeyGateway
{
    /// <returns>Null where it is not installed.</returns>
    public static async Task<MeasuredProcess?> TryStartAsync(int port)
    {
        if (Environment.GetEnvironmentVariable("PORTKEY_GATEWAY") is not { Length: > 0 } folder) return null;
        var script = Path.Combine(folder, "build", "start-server.js");
        if (!File.Exists(script)) throw new InvalidOperationException($"PORTKEY_GATEWAY: there is no {script}.");
        return await MeasuredProcess.StartProgramAsync(port, new("node", [script, "--headless", string.Create(CultureInfo.InvariantCulture, $"--port={port}")]));
    }
}
