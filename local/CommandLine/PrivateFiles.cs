namespace Serverless.Local.CommandLine;

/// <summary>Files and folders that only their owner can read (0600 and 0700; on Windows the profile's own rights are what protects them).</summary>
internal static class PrivateFiles
{
    private const UnixFileMode FileMode600 = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode FolderMode700 = FileMode600 | UnixFileMode.UserExecute;

    /// <summary>Makes the folder, or takes the rights of others away from the one that is there.</summary>
    public static void CreateFolder(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path);
            return;
        }

        Directory.CreateDirectory(path, FolderMode700);
        if (File.GetUnixFileMode(path) != FolderMode700) File.SetUnixFileMode(path, FolderMode700);
    }

    /// <summary>Replaces the file in one step.</summary>
    public static void Write(string path, string text)
    {
        var next = path + ".new";
        File.Delete(next);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = FileMode600;
        using (var file = new StreamWriter(next, options)) file.Write(text);
        File.Move(next, path, overwrite: true);
    }

    /// <summary>The text that the file keeps; made once.</summary>
    /// <exception cref="LocalException">What it holds is not permitted.</exception>
    public static string ReadOrCreate(string path, Func<string> create, Func<string, bool> isValid)
    {
        if (!File.Exists(path)) Write(path, create());
        var text = File.ReadAllText(path).Trim();
        return isValid(text) ? text : throw new LocalException($"The file {path} is damaged. Put back a copy of it, or delete it and a new one is made at the next start.");
    }
}
