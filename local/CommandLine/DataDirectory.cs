namespace Serverless.Local.CommandLine;

/// <summary>
/// The folder of one running stack. It is held by an operating system's lock on DIR/lock, which is gone with the process however it ends.
/// </summary>
public sealed class DataDirectory : IDisposable
{
    private const string LockName = "lock";

    /// <summary>The file that says whose folder this is.</summary>
    private const string MarkerName = "serverless-data.txt";
    private const string MarkerText = "The data of a local stack of Serverless (dotnet run --project local). --fresh deletes what it keeps here.\n";

    /// <summary>What a stack keeps; --fresh removes these and nothing else, whatever else lies in the folder.</summary>
    private static readonly string[] OwnFolders = ["azurite", "search", "keyvault", "signalr", "functions", "models", "models.new"];

    /// <summary>What versions without a marker left: a folder that holds nothing but these is taken for one of ours.</summary>
    private static readonly string[] OwnNames = [.. OwnFolders, LockName, "endpoints.json", "ports.json"];

    private readonly FileStream _lock;

    private DataDirectory(string path, FileStream held)
    {
        Path = path;
        _lock = held;
    }

    /// <summary>Absolute.</summary>
    public string Path { get; }

    public string this[string name] => System.IO.Path.Combine(Path, name);

    /// <summary>Creates the folder where it is missing, and locks it. Only its owner can read it.</summary>
    /// <exception cref="LocalException">It cannot be written, another running stack holds it, or it holds somebody's files and no marker of ours.</exception>
    public static DataDirectory Open(string path, bool fresh)
    {
        var full = System.IO.Path.GetFullPath(path);
        try
        {
            ThrowUnlessOurs(full, fresh);
            PrivateFiles.CreateFolder(full);
            var directory = new DataDirectory(full, Lock(System.IO.Path.Combine(full, LockName), full));
            if (!File.Exists(directory[MarkerName])) File.WriteAllText(directory[MarkerName], MarkerText);
            if (fresh) directory.Clear();
            return directory;
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException or ArgumentException or NotSupportedException)
        {
            throw new LocalException($"The folder {full} cannot be written ({DiskFailure.Reason(e)}). See that it is yours and its disk has space, or choose another with --data.");
        }
    }

    public void Dispose()
    {
        // Removed before it is released: whoever opens the path from now on makes a file, and a lock, of its own.
        try
        {
            File.Delete(_lock.Name);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // An unlocked file that stays behind holds nobody up.
        }

        _lock.Dispose();
    }

    private static void ThrowUnlessOurs(string folder, bool fresh)
    {
        if (!Directory.Exists(folder) || File.Exists(System.IO.Path.Combine(folder, MarkerName))) return;
        var foreign = Directory.EnumerateFileSystemEntries(folder).Select(entry => System.IO.Path.GetFileName(entry)!).FirstOrDefault(name => !OwnNames.Contains(name, StringComparer.Ordinal));
        if (foreign is null) return;
        throw new LocalException(
            $"The folder {folder} is not a data folder of this program: it holds {foreign} and no {MarkerName}. {(fresh ? "Nothing was deleted" : "Nothing was written there")}. "
            + "Choose an empty folder, or one that does not exist yet, with --data.");
    }

    private static FileStream Lock(string file, string directory)
    {
        try
        {
            return new FileStream(file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException) when (File.Exists(file))
        {
            throw new LocalException($"The folder {directory} is in use by a running instance. Stop it, or choose another folder with --data.");
        }
    }

    private void Clear()
    {
        foreach (var folder in OwnFolders.Select(name => this[name]).Where(Directory.Exists)) Directory.Delete(folder, recursive: true);
    }
}
