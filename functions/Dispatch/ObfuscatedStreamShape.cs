using System.Buffers;
using System.Security.Cryptography;
using Serverless.Contracts;

namespace Serverless.Functions.Dispatch;

/// <summary>
/// Fills the events of an answer's pieces up to multiples of 64 bytes by a member <c>obfuscation</c> of random letters, as OpenAI's <c>stream_options.include_obfuscation</c> has it: who sees
/// encrypted packets can guess an answer's subject from the lengths of its tokens (Microsoft's "Whisper Leak", arXiv 2511.03675).
/// </summary>
internal sealed class ObfuscatedStreamShape(IStreamShape inner) : IStreamShape
{
    private const int Step = 64;

    private readonly ArrayBufferWriter<byte> _plain = new();

    private static ReadOnlySpan<byte> Letters => "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"u8;

    private static ReadOnlySpan<byte> EventEnd => "}\n\n"u8;

    /// <param name="asked">What the caller asks for.</param>
    public static IStreamShape Of(IStreamShape shape, bool asked) => asked ? new ObfuscatedStreamShape(shape) : shape;

    public void Write(IBufferWriter<byte> output, AnswerEvent answer)
    {
        if (answer is AnswerCompleted)
        {
            inner.Write(output, answer);
            return;
        }

        _plain.ResetWrittenCount();
        inner.Write(_plain, answer);
        var events = _plain.WrittenSpan;
        while (events.IndexOf(EventEnd) is var end and >= 0)
        {
            Write(output, events[..end]);
            events = events[(end + EventEnd.Length)..];
        }

        output.Write(events);
    }

    public void Wait(IBufferWriter<byte> output) => inner.Wait(output);

    public void End(IBufferWriter<byte> output) => inner.End(output);

    public void Fail(IBufferWriter<byte> output, ErrorDetail error) => inner.Fail(output, error);

    /// <param name="open">An event up to where its object ends.</param>
    private static void Write(IBufferWriter<byte> output, ReadOnlySpan<byte> open)
    {
        output.Write(open);
        if (MayHold(open))
        {
            output.Write(",\"obfuscation\":\""u8);
            var length = open.Length + ",\"obfuscation\":\"\""u8.Length + EventEnd.Length;
            var letters = output.GetSpan(Step)[..((Step - (length % Step)) % Step)];
            RandomNumberGenerator.GetItems(Letters, letters);
            output.Advance(letters.Length);
            output.Write("\""u8);
        }

        output.Write(EventEnd);
    }

    // Of a response's events those that have a name with this end.
    private static bool MayHold(ReadOnlySpan<byte> open) => !open.StartsWith("event: "u8) || open[..open.IndexOf((byte)'\n')].EndsWith(".delta"u8);
}
