using Serverless.Documents;

namespace Serverless.Functions.Ingestion;

/// <summary>Reads another stream to a limit; beyond it reading fails.</summary>
internal sealed class BoundedStream(Stream inner, long most) : CountedStream(inner)
{
    public bool IsExceeded => Seen > most;

    protected override void Check(int read)
    {
        if (IsExceeded) throw new InvalidDataException($"More than {most} bytes.");
    }
}
