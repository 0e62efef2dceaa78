using System.Buffers;
using Serverless.Contracts;

namespace Serverless.Functions.Dispatch;

/// <summary>How an answer's events are written as server-sent events.</summary>
internal interface IStreamShape
{
    /// <summary>Writes an event's frames, none or several.</summary>
    void Write(IBufferWriter<byte> output, AnswerEvent answer);

    /// <summary>Writes what says nothing to a reader: a comment of the format (WHATWG HTML, 9.2.5), which keeps a connection on which nothing else goes.</summary>
    void Wait(IBufferWriter<byte> output) => output.Write(": waiting\n\n"u8);

    /// <summary>Writes what follows a complete answer.</summary>
    void End(IBufferWriter<byte> output);

    /// <summary>Writes the last frame of an answer that failed after its first event.</summary>
    void Fail(IBufferWriter<byte> output, ErrorDetail error);
}
