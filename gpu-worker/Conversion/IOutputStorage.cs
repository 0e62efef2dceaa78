namespace Serverless.GpuWorker.Conversion;

/// <summary>Every change that a conversion makes on disk goes through this, so that tests can end it at any of them.</summary>
internal interface IOutputStorage
{
    void CreateFolder(string path);

    /// <summary>Opens or creates a file, cuts it to <paramref name="length"/> and stands at its end. What is written is not buffered here.</summary>
    Stream Append(string path, long length);

    /// <summary>Waits until what was written to a stream of <see cref="Append"/> is on the device.</summary>
    void Sync(Stream stream);

    /// <summary>Replaces what has the name already.</summary>
    void MoveFile(string from, string to);

    void MoveFolder(string from, string to);

    void DeleteFile(string path);

    void DeleteFolder(string path);
}
