using System.Diagnostics;
using System.Globalization;

namespace Serverless.EndToEnd.Tests;

/// <summary>Processes as /proc shows them.</summary>
public static class ProcessTree
{
    public static List<int> Children(int pid) => [.. Process.GetProcesses().Select(p => p.Id).Where(id => Stat(id) is { } stat && stat.Parent == pid)];

    /// <summary>Children, and theirs.</summary>
    public static List<int> Descendants(int pid) => [.. Children(pid).SelectMany(child => (int[])[child, .. Descendants(child)])];

    /// <summary>The children that run a program of ours, by its assembly's name.</summary>
    public static List<int> Running(int pid, string assembly) => [.. Children(pid).Where(child => IsAlive(child) && CommandLine(child).Contains(assembly, StringComparison.Ordinal))];

    public static bool IsAlive(int pid) => Stat(pid) is { State: not 'Z' };

    public static string CommandLine(int pid) => File.ReadAllText($"/proc/{pid}/cmdline").Replace('\0', ' ');

    private static (char State, int Parent)? Stat(int pid)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{pid}/stat");
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            return (fields[0][0], int.Parse(fields[1], CultureInfo.InvariantCulture));
        }
        catch (IOException)
        {
            return null;
        }
    }
}
