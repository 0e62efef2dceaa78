using Serverless.Contracts.OpenAI;

namespace Serverless.GpuWorker.Api;

/// <summary>How an endpoint words the events of a stream. Every method returns the object that an event carries.</summary>
internal interface IStreamShape
{
    /// <summary>What comes before a choice's first piece, or holds it as well; null when nothing does.</summary>
    object? Opening(SequencePiece first);

    /// <summary>Whether an opening holds the first piece.</summary>
    bool OpensWithPiece => false;

    /// <summary>A piece's text and, where the request asked, its tokens; its result is left out.</summary>
    object Piece(SequencePiece piece);

    object Finished(int choice, SequenceResult result);

    object Usage(Usage usage);
}
