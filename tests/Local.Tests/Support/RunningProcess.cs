namespace Local.Tests.Support;

/// <summary>Whether a process, perhaps not our child, still runs.</summary>
internal static class RunningProcess
{
    public static bool Is(int pid)
    {
        try
        {
            // A zombie, which an orphan may be until the container's init collects it, runs no more.
            var stat = File.ReadAllText($"/proc/{pid}/stat");
            return stat[(stat.LastIndexOf(')') + 2)..][0] != 'Z';
        }
        catch (IOException)
        {
            return false;
        }
    }
}
