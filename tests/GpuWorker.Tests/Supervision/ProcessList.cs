using System.Diagnostics;
using System.Globalization;

namespace Serverless.GpuWorker.Tests.Supervision;

/// <summary>The system's processes, as Linux tells of them.</summary>
internal static class ProcessList
{
    public static List<int> Children(int parent) => [.. Process.GetProcesses().Select(p => p.Id).Where(id => Stat(id) is { } stat && stat.Parent == parent)];

    public static bool IsAlive(int id) => Stat(id) is { State: not 'Z' };

    public static void Signal(string signal, int id)
    {
        using var kill = Process.Start(new ProcessStartInfo("kill", [signal, id.ToString(CultureInfo.InvariantCulture)]) { RedirectStandardError = true })!;
        kill.WaitForExit();
    }

    private static (char State, int Parent)? Stat(int id)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{id}/stat");
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            return (fields[0][0], int.Parse(fields[1], CultureInfo.InvariantCulture));
        }
        catch (IOException)
        {
            return null;
        }
    }
}
