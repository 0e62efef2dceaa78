using System.Text.Json;
using Serverless.GpuWorker.Conversion;

namespace Serverless.GpuWorker.Hosting;

/// <summary>
/// Writes one demo checkpoint unless it is there, complete and as this build makes it. It is written beside its place and moved there when it is whole,
/// so that a folder of that name never holds half of one.
/// </summary>
/// <param name="variant">What else than the build determines the files.</param>
/// <param name="bytes">What must be free before anything is written.</param>
internal sealed class DemoCheckpoint(string name, Action<string> write, string variant = "", long bytes = 0)
{
    /// <summary>Names the build that made the folder and its files' lengths.</summary>
    public const string ManifestName = "demo.json";

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    public string Name => name;

    /// <returns>Whether it was written.</returns>
    /// <exception cref="IOException">It cannot be, or there is too little space.</exception>
    public bool EnsureIn(string output)
    {
        var folder = Path.Combine(output, name);
        if (IsCurrent(folder)) return false;
        DiskSpace.Require(output, bytes);
        var partial = Path.Combine(output, $".{name}.partial");
        if (Directory.Exists(partial)) Directory.Delete(partial, recursive: true);
        Directory.CreateDirectory(partial);
        write(partial);
        File.WriteAllText(Path.Combine(partial, ManifestName), JsonSerializer.Serialize(new Manifest(Build, Lengths(partial)), Indented));
        if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
        Directory.Move(partial, folder);
        return true;
    }

    private string Build => $"{typeof(DemoCheckpoint).Module.ModuleVersionId}{variant}";

    private bool IsCurrent(string folder)
    {
        try
        {
            var manifest = JsonSerializer.Deserialize<Manifest>(File.ReadAllText(Path.Combine(folder, ManifestName)));
            return manifest?.Build == Build && manifest.Files.All(file => Lengths(folder).TryGetValue(file.Key, out var length) && length == file.Value);
        }
        catch (Exception e) when (e is IOException or JsonException)
        {
            return false;
        }
    }

    private static Dictionary<string, long> Lengths(string folder) => new DirectoryInfo(folder)
        .EnumerateFiles("*", SearchOption.AllDirectories)
        .Where(file => file.Name != ManifestName)
        .ToDictionary(file => Path.GetRelativePath(folder, file.FullName).Replace('\\', '/'), file => file.Length);

    private sealed record Manifest(string Build, IReadOnlyDictionary<string, long> Files);
}
