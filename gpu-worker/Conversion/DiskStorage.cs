namespace Serverless.GpuWorker.Conversion;

/// <summary>The file system.</summary>
internal sealed class DiskStorage : IOutputStorage
{
    public void CreateFolder(string path) => Directory.CreateDirectory(path);

    public Stream Append(string path, long length)
    {
        var stream = new FileStream(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.Read, bufferSize: 0);
        stream.SetLength(length);
        stream.Seek(0, SeekOrigin.End);
        return stream;
    }

    public void Sync(Stream stream) => ((FileStream)stream).Flush(flushToDisk: true);

    public void MoveFile(string from, string to) => File.Move(from, to, overwrite: true);

    public void MoveFolder(string from, string to) => Directory.Move(from, to);

    public void DeleteFile(string path) => File.Delete(path);

    public void DeleteFolder(string path) => Directory.Delete(path, recursive: true);
}
