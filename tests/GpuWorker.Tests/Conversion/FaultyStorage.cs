using Serverless.GpuWorker.Conversion;

namespace Serverless.GpuWorker.Tests.Conversion;

/// <summary>Ends at one of the changes on disk as a process ends that is killed: half of a write is there, and nothing is done after it.</summary>
internal sealed class FaultyStorage(int killAt = int.MaxValue) : IOutputStorage
{
    private readonly DiskStorage _disk = new();
    private readonly int _killAt = killAt;

    /// <summary>Changes that were asked for.</summary>
    public int Changes { get; private set; }

    /// <summary>Bytes of the largest write.</summary>
    public int LargestWrite { get; private set; }

    public void CreateFolder(string path) => Do(() => _disk.CreateFolder(path));

    public Stream Append(string path, long length)
    {
        Stream? stream = null;
        Do(() => stream = _disk.Append(path, length));
        return new FaultyStream(this, stream!);
    }

    /// <summary>Does not wait for the device: no test pulls the plug.</summary>
    public void Sync(Stream stream) => Do(stream.Flush);

    public void MoveFile(string from, string to) => Do(() => _disk.MoveFile(from, to));

    public void MoveFolder(string from, string to) => Do(() => _disk.MoveFolder(from, to));

    public void DeleteFile(string path) => Do(() => _disk.DeleteFile(path));

    public void DeleteFolder(string path) => Do(() => _disk.DeleteFolder(path));

    private void Do(Action change)
    {
        if (++Changes > _killAt)
            throw new KilledException();

        change();
    }

    internal sealed class KilledException : Exception;

    private sealed class FaultyStream(FaultyStorage storage, Stream inner) : Stream
    {

        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => inner.Length;

        public override long Position
        {
            get => inner.Position;
            set => throw new NotSupportedException();
        }

        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            storage.LargestWrite = Math.Max(storage.LargestWrite, buffer.Length);
            if (++storage.Changes == storage._killAt + 1)
                inner.Write(buffer[..(buffer.Length / 2)]);

            if (storage.Changes > storage._killAt)
                throw new KilledException();

            inner.Write(buffer);
        }

        public override void Flush() => inner.Flush();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                inner.Dispose();
        }
    }
}
