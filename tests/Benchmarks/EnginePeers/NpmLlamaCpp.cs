using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using Serverless.GpuWorker.Benchmarking;

namespace Serverless.Benchmarks.EnginePeers;

/// <summary>
/// llama.cpp as npm's @node-llama-cpp/linux-x64 builds it, in a process of its own: it has libraries for many processors, AMX among them, and takes the one that fits by itself. Each load runs with flash attention and
/// without, and the faster counts.
/// </summary>
internal sealed class NpmLlamaCpp : IEnginePeer
{
    /// <summary>The argument that makes this program that process.</summary>
    public const string Command = "engine-peer-npm";

    private const string Package = "@node-llama-cpp/linux-x64", Version = "3.22.1";

    private readonly Process _process;

    private NpmLlamaCpp(Process process)
    {
        _process = process;
        SystemInformation = ReadLine();
    }

    public static string Name => $"npm's {Package} {Version}";

    public string SystemInformation { get; }

    /// <summary>Installs the package from npm's registry into .local/engine-peers of the repository, where it is not there yet.</summary>
    /// <returns>The folder of its libraries; null where it cannot be had, with the reason.</returns>
    public static (string? Folder, string? Reason) Install()
    {
        if (!OperatingSystem.IsLinux() || System.Runtime.InteropServices.RuntimeInformation.ProcessArchitecture != System.Runtime.InteropServices.Architecture.X64)
            return (null, "the package is for Linux on x64");

        string root = typeof(NpmLlamaCpp).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(attribute => attribute.Key == "RepositoryRoot").Value!;
        string target = Path.Combine(root, ".local", "engine-peers"), folder = Path.Combine(target, "node_modules", Package, "bins", "linux-x64");
        string manifest = Path.Combine(target, "node_modules", Package, "package.json");
        if (File.Exists(manifest) && File.ReadAllText(manifest).Contains($"\"version\": \"{Version}\"", StringComparison.Ordinal))
            return (folder, null);

        Directory.CreateDirectory(target);
        try
        {
            using var npm = Process.Start(new ProcessStartInfo("npm", ["install", "--prefix", target, "--ignore-scripts", "--no-audit", "--no-fund", $"{Package}@{Version}"]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            npm.OutputDataReceived += (_, _) => { };
            npm.BeginOutputReadLine();
            string errors = npm.StandardError.ReadToEnd();
            npm.WaitForExit();
            return npm.ExitCode == 0 ? (folder, null) : (null, $"npm: {errors.ReplaceLineEndings(" ")}");
        }
        catch (Win32Exception exception)
        {
            return (null, $"npm: {exception.Message}");
        }
    }

    public static NpmLlamaCpp Start(string folder, string checkpoint, int threads)
    {
        var start = ThisProgram.With(Command, folder, checkpoint, threads.ToString(CultureInfo.InvariantCulture));
        (start.RedirectStandardInput, start.RedirectStandardOutput) = (true, true);
        return new NpmLlamaCpp(Process.Start(start)!);
    }

    public IReadOnlyList<double> Decode(int batch, int context, TimeSpan enough) => Faster($"decode {batch} {context}", enough);

    public IReadOnlyList<double> Prefill(int tokens, TimeSpan enough) => Faster($"prefill {tokens}", enough);

    public void Dispose()
    {
        _process.StandardInput.Close();
        if (!_process.WaitForExit(10_000))
            _process.Kill();

        _process.Dispose();
    }

    private IReadOnlyList<double> Faster(string load, TimeSpan enough)
    {
        var (with, without) = (Time(load, 1, enough), Time(load, 0, enough));
        return Statistics.Median([.. with]) < Statistics.Median([.. without]) ? with : without;
    }

    private double[] Time(string load, int flashAttention, TimeSpan enough)
    {
        _process.StandardInput.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{load} {flashAttention} {enough.TotalSeconds:R}"));
        _process.StandardInput.Flush();
        return [.. ReadLine().Split(' ').Select(word => double.Parse(word, CultureInfo.InvariantCulture))];
    }

    private string ReadLine() => _process.StandardOutput.ReadLine() ?? throw new InvalidOperationException($"{Name} ended.");
}
