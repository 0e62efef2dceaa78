using Serverless.Contracts.OpenAI;

namespace Serverless.GpuWorker.Api.Answers;

/// <summary>How an endpoint words the events of a stream. Every method returns the object that an event carries.</summary>
internal interface IStreamShape
{
    /// <summary>What a choice begins with, its first piece included where that is shown.</summary>
    IEnumerable<object> First(SequencePiece piece);

    /// <summary>A piece's text and, where the request asked, its tokens; its result is left out.</summary>
    object Piece(SequencePiece piece);

    object Finished(int choice, SequenceResult result);

    object Usage(Usage usage);
}
