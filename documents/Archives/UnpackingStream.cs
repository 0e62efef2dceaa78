namespace Serverless.Documents.Archives;

/// <summary>Counts what a decompressor gives, and stops it: the sizes that an archive states of itself cannot be believed.</summary>
internal sealed class UnpackingStream(Stream inner, ReadingScope scope, long most) : CountedStream(inner)
{
    private readonly Stream _inner = inner;

    protected override void Check(int read)
    {
        if (Seen > most) throw scope.OverRatio();
        scope.CountUnpacked(read);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) _inner.Dispose();
        base.Dispose(disposing);
    }
}
