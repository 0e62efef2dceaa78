using System.Diagnostics;

namespace Serverless.GpuWorker.Supervision;

/// <summary>Starts children from the worker's own files.</summary>
/// <param name="command">What they are to be: the one argument that they have.</param>
internal sealed class ChildLauncher(string command) : IChildLauncher
{
    /// <summary>
    /// No dumps and no sockets or pipes of diagnostics in the temporary folder, which a killed process leaves behind; no telemetry. One heap for all cores, and no instrumented code: most of
    /// the work is in native code and in kernels that are compiled once.
    /// </summary>
    private static readonly Dictionary<string, string> Environment = new()
    {
        ["DOTNET_DbgEnableMiniDump"] = "0",
        ["DOTNET_EnableDiagnostics"] = "0",
        ["ORT_DISABLE_TELEMETRY"] = "1",
        ["DOTNET_gcServer"] = "0",
        ["DOTNET_TieredPGO"] = "0",
    };

    public IChild Start() => new ChildProcess(StartInfo(command));

    internal static ProcessStartInfo StartInfo(string command)
    {
        var (file, arguments) = CommandLine(command);
        var start = new ProcessStartInfo(file, arguments)
        {
            UseShellExecute = false,
            CreateNoWindow = true,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        // The worker's settings hold keys, and a child has no use for any of them.
        foreach (var name in start.Environment.Keys.Where(IsSetting).ToList()) start.Environment.Remove(name);
        foreach (var (name, value) in Environment) start.Environment[name] = value;
        return start;
    }

    private static bool IsSetting(string name) => name.StartsWith("Worker__", StringComparison.OrdinalIgnoreCase) || name.StartsWith("Worker:", StringComparison.OrdinalIgnoreCase);

    /// <summary>This program again: its own executable, or dotnet with its assembly where that is how it was started (or where another program hosts it).</summary>
    private static (string File, IReadOnlyList<string> Arguments) CommandLine(string command)
    {
        var assembly = typeof(ChildLauncher).Assembly.Location;
        var running = System.Environment.ProcessPath ?? "dotnet";
        var name = Path.GetFileNameWithoutExtension(running);
        if (assembly.Length == 0 || name.Equals(Path.GetFileNameWithoutExtension(assembly), StringComparison.OrdinalIgnoreCase)) return (running, [command]);
        return (name.Equals("dotnet", StringComparison.OrdinalIgnoreCase) ? running : "dotnet", ["exec", assembly, command]);
    }
}
