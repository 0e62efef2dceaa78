using System.Globalization;

namespace Serverless.GpuWorker.Conversion;

/// <summary>Asks whether something fits before it is begun.</summary>
internal static class DiskSpace
{
    /// <summary>Left free beyond what is asked for.</summary>
    private const long Reserve = 64L << 20;

    /// <param name="folder">Where to; it need not exist yet.</param>
    /// <param name="free">Bytes that are free there; for tests.</param>
    /// <exception cref="IOException">There is too little; the message has the numbers.</exception>
    public static void Require(string folder, long bytes, Func<string, long>? free = null)
    {
        string existing = Path.GetFullPath(folder);
        while (!Directory.Exists(existing) && Path.GetDirectoryName(existing) is { } parent)
            existing = parent;

        long available = (free ?? Free)(existing);
        if (available < bytes + Reserve)
            throw new IOException($"{Size(bytes)} are needed and {Size(available)} are free.");
    }

    private static long Free(string folder) => new DriveInfo(folder).AvailableFreeSpace;

    private static string Size(long bytes) => bytes < 1e9 ? string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e6:F0} MB") : string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e9:F1} GB");
}
