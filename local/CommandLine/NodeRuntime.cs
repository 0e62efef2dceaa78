using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace Serverless.Local.CommandLine;

/// <summary>Node.js, which runs Azurite.</summary>
public static class NodeRuntime
{
    private const int Least = 20;

    /// <exception cref="LocalException">Node is missing or too old.</exception>
    public static async Task CheckAsync(CancellationToken cancellationToken)
    {
        var version = await VersionAsync(cancellationToken) ?? throw new LocalException($"Node.js {Least} or newer is not on the PATH. Install it from https://nodejs.org, then run this again.");
        var major = version.TrimStart('v').Split('.')[0];
        if (!int.TryParse(major, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number < Least)
        {
            throw new LocalException($"Node.js {version} is too old; {Least} or newer is needed. Install it from https://nodejs.org, then run this again.");
        }
    }

    private static async Task<string?> VersionAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var node = Process.Start(new ProcessStartInfo("node", "--version") { RedirectStandardOutput = true, RedirectStandardError = true })!;
            var version = await node.StandardOutput.ReadToEndAsync(cancellationToken);
            await node.WaitForExitAsync(cancellationToken);
            return node.ExitCode == 0 ? version.Trim() : null;
        }
        catch (Win32Exception)
        {
            return null;
        }
    }
}
