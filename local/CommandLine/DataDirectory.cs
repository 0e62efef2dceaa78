namespace Serverless.Local.CommandLine;

/// <summary>
/// The folder of one running stack. It is held by an operating system's lock on DIR/lock, which is gone with the process however it ends.
/// </summary>
public sealed class DataDirectory : IDisposable
{
    private const string LockName = "lock";

    /// <summary>What a stack keeps; --fresh removes these and nothing else, whatever else lies in the folder.</summary>
    private static readonly string[] OwnFolders = ["azurite", "search", "keyvault", "signalr", "functions", "models", "models.new"];

    private readonly FileStream _lock;

    private DataDirectory(string path, FileStream held)
    {
        Path = path;
        _lock = held;
    }

    /// <summary>Absolute.</summary>
    public string Path { get; }

    public string this[string name] => System.IO.Path.Combine(Path, name);

    /// <summary>Creates the folder where it is missing, and locks it.</summary>
    /// <exception cref="LocalException">It cannot be written, or another running stack holds it.</exception>
    public static DataDirectory Open(string path, bool fresh)
    {
        var full = System.IO.Path.GetFullPath(path);
        try
        {
            Directory.CreateDirectory(full);
            var held = Lock(System.IO.Path.Combine(full, LockName), full);
            var directory = new DataDirectory(full, held);
            if (fresh) directory.Clear();
            return directory;
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException or ArgumentException or NotSupportedException)
        {
            throw new LocalException($"The folder {full} cannot be written ({e.GetType().Name}). Choose another with --data.");
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
