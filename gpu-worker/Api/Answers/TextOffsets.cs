using System.Text;
using Serverless.GpuWorker.Tokenization;
using Utf8 = System.Text.Unicode.Utf8;

namespace Serverless.GpuWorker.Api.Answers;

/// <summary>
/// Where in a choice's text each of its tokens begins, in UTF-16 units: a token that is part of a character where that begins. Decodes as <see cref="SequenceText"/> does, since bytes
/// that make no character are text as well (U+FFFD), and only those behind them tell so. Not thread-safe.
/// </summary>
internal sealed class TextOffsets
{
    private const char Broken = '\uFFFD';

    private readonly ITokenizer _tokenizer;
    private readonly IStreamingDecoder _decoder;
    private int _length;

    /// <param name="start">Length of what the choice's text begins with before the answer.</param>
    public TextOffsets(ITokenizer tokenizer, SequencePlan plan, int start = 0)
    {
        _tokenizer = tokenizer;
        _length = start;
        _decoder = SequenceText.DecoderOf(plan, tokenizer);
        // A resumed answer's text begins with what was held back of the tokens before.
        var matcher = new StopStringMatcher(plan.Stops, plan.IncludesStop);
        var prior = plan.Request.PriorTokens;
        for (var i = 0; i < prior.Length && !matcher.Stopped; i++)
        {
            var text = _decoder.Append(prior[i]);
            _length += text.Length - matcher.Append(text, mayStop: i >= plan.Request.MinTokens).Length;
        }
    }

    private TextOffsets(ITokenizer tokenizer, IStreamingDecoder decoder) => (_tokenizer, _decoder) = (tokenizer, decoder);

    /// <summary>Of a prompt's tokens in its own text.</summary>
    public static TextOffsets OfPrompt(ITokenizer tokenizer) => new(tokenizer, tokenizer.CreateStreamingDecoder());

    /// <summary>The offset of the next token.</summary>
    public int Next(int id)
    {
        var before = _length;
        var text = _decoder.Append(id);
        _length += text.Length;
        if (_tokenizer.BytesOf(id) is not { Length: > 0 } bytes) return _length;

        // A first space may have been dropped.
        if (Utf8.IsValid(bytes)) return Math.Max(before, _length - Encoding.UTF8.GetCharCount(bytes));
        var begins = bytes[0] is >= 0xC2 and <= 0xF4;
        return begins || text.Length == 0 ? _length : text[^1] == Broken ? _length - 1 : before;
    }
}
