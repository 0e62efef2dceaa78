using System.Globalization;
using System.Text;
using Serverless.Contracts;
using Serverless.Functions.Ingestion.Chunking;

namespace Serverless.Functions.Retrieval.Citing;

/// <summary>
/// Sees to an answer's markers while it is written: <c>[n]</c> names the n-th citation, and what models write for it (<see cref="MarkerReader"/>) becomes it. A sentence that quotes a passage and names none gets the marker of
/// that passage; a marker that names no citation is taken out. What stands for itself (<see cref="LiteralText"/>) has none and gets none, and strings of JSON have theirs seen to and get none. Text is held back only while it may be a marker, code or a formula within a line, or the end of a sentence. Where quotes are kept, what stands in quotation marks is shown as it is written, and is noted where it
/// stands in a passage by every character. Not thread-safe; one for each answer.
/// </summary>
public sealed class CitationMarkers
{
    // What goes on for longer is no sentence that a passage would hold.
    private const int MaxSentence = 4000;

    private readonly IReadOnlyList<Citation> _citations;
    private readonly QuoteFinder[] _passages;
    private readonly SortedSet<(int Start, int End)>[] _quotes;
    private readonly StringBuilder _sentence = new();
    private string _held = "";
    private readonly bool _keepsQuotes;
    private readonly LiteralText _literal;
    private readonly StringBuilder _quote = new();
    private string? _closers;
    private int? _quoted;
    private bool _marked;
    private bool _begun;

    /// <param name="keepsQuotes">Whether quotes are their passages' own characters, and stay so.</param>
    public CitationMarkers(IReadOnlyList<Citation> citations, bool keepsQuotes = false)
    {
        ArgumentNullException.ThrowIfNull(citations);
        _citations = citations;
        _keepsQuotes = keepsQuotes;
        _literal = new LiteralText(keepsQuotes);
        _passages = [.. citations.Select(citation => new QuoteFinder(citation.Text))];
        _quotes = [.. citations.Select(_ => new SortedSet<(int, int)>())];
    }

    /// <summary>The citations, each with where the answer so far quotes it.</summary>
    public IReadOnlyList<Citation> Citations =>
        [.. _citations.Select((citation, i) => _quotes[i].Count == 0 ? citation : citation with { Quotes = [.. _quotes[i].Select(quote => new Quote(quote.Start, quote.End))] })];

    /// <summary>A text without its markers, whatever they name.</summary>
    public static string Without(string text)
    {
        var markers = new CitationMarkers([]);
        return markers.Append(text) + markers.End();
    }

    /// <summary>Takes the next piece of the answer.</summary>
    /// <returns>What may be shown of it and of what was held back.</returns>
    public string Append(string piece)
    {
        ArgumentNullException.ThrowIfNull(piece);
        _held += piece;
        return Show(isLast: false);
    }

    /// <summary>The answer has ended.</summary>
    /// <returns>What was held back, with the last sentence's marker.</returns>
    public string End()
    {
        var rest = new StringBuilder(Show(isLast: true));
        // What was cut off within a quote gets nothing put into it.
        if (_closers is null) EndSentence(rest);
        return rest.ToString();
    }

    private string Show(bool isLast)
    {
        var shown = new StringBuilder(_held.Length + 8);
        var at = 0;
        while (at < _held.Length && Step(at, isLast, shown) is var taken and > 0)
        {
            Pass(_held.AsSpan(at, taken));
            at += taken;
        }

        _held = _held[at..];
        return shown.ToString();
    }

    /// <returns>How many characters were dealt with; 0 to wait for more of them.</returns>
    private int Step(int at, bool isLast, StringBuilder shown)
    {
        var c = _held[at];
        if (_closers is not null) return StepWithinQuote(at, isLast, shown);
        if (_literal.At(_held, at, isLast) is { } literal) return literal.IsOfSentence ? PutAll(at, at + literal.Length, shown) : Show(at, literal.Length, shown);
        if (_keepsQuotes && QuotationMarks.ClosersOf(c) is { } closers) _closers = closers;
        else if (c == ' ' || MarkerReader.Opens(c))
        {
            // The blank before a marker goes with it.
            var bracket = c == ' ' ? at + 1 : at;
            if (bracket > at && bracket < _held.Length && _held[bracket] == '[' && _literal.BeginsData(_held, bracket, isLast) != false) return BlankBeforeData(bracket, isLast, shown);
            var (length, numbers) = MarkerReader.At(_held, bracket, isLast);
            if (length == 0) return 0;
            if (numbers is not null)
            {
                // Numbers are what was asked for where they are all of the answer.
                if (!_begun && numbers.Count > 1 && _held.AsSpan(bracket + length).IsWhiteSpace()) return isLast ? Show(at, bracket + length - at, shown) : 0;
                var known = Mark(numbers);
                if (known.Length > 0) shown.Append(_held, at, bracket - at).Append(known);
                // "[1[9]]" must not become another marker.
                else if (_sentence.Length > 0 && (_sentence[^1] == '[' || char.IsAsciiDigit(_sentence[^1]))) Put(' ', shown);
                return bracket + length - at;
            }
        }
        else if (_literal.IsString)
        {
            // What is put into it would be taken for data.
        }
        else if (c is '\n')
        {
            EndSentence(shown);
        }
        else if (SentenceSplitter.Stops.Contains(c))
        {
            return StepOverEnd(at, isLast, shown);
        }

        Put(c, shown);
        return 1;
    }

    private void Pass(ReadOnlySpan<char> text)
    {
        var isString = _literal.IsString;
        _literal.Pass(text);
        _begun |= !text.IsWhiteSpace();
        if (_literal.IsString == isString) return;
        // A string is read by itself.
        _sentence.Clear();
        _marked = false;
    }

    private int BlankBeforeData(int bracket, bool isLast, StringBuilder shown)
    {
        if (_literal.BeginsData(_held, bracket, isLast) is null) return 0;
        Put(' ', shown);
        return 1;
    }

    private int Show(int start, int length, StringBuilder shown)
    {
        shown.Append(_held, start, length);
        return length;
    }

    private int PutAll(int start, int end, StringBuilder shown)
    {
        for (var i = start; i < end; i++) Put(_held[i], shown);
        return end - start;
    }

    private int StepWithinQuote(int at, bool isLast, StringBuilder shown)
    {
        var c = _held[at];
        if (!_closers!.Contains(c))
        {
            _quote.Append(c);
            Put(c, shown);
            return 1;
        }

        var ends = _quote.Length > 0 && SentenceSplitter.Stops.Contains(_quote[^1]);
        var length = ends ? StepOverEnd(at, isLast, shown, NoteQuote) : 1;
        if (length == 0) return 0;
        if (!ends)
        {
            NoteQuote();
            Put(c, shown);
        }

        return length;
    }

    /// <summary>The quote is complete: the first passage that holds it is where it stands.</summary>
    private void NoteQuote()
    {
        var quote = _quote.ToString();
        _quote.Clear();
        _closers = null;
        for (var i = 0; i < _citations.Count && quote.Length > 0; i++)
        {
            if (_citations[i].Text.IndexOf(quote, StringComparison.Ordinal) is not (>= 0 and var found)) continue;
            _quotes[i].Add((_citations[i].Start + found, _citations[i].Start + found + quote.Length));
            _quoted ??= i;
            return;
        }
    }

    private void Put(char c, StringBuilder shown)
    {
        shown.Append(c);
        if (_sentence.Length < MaxSentence) _sentence.Append(c);
    }

    /// <summary>A sentence ends where a gap follows its full stop; markers in the gap are still its own.</summary>
    /// <param name="known">Called once it is known how far the end goes, before anything is shown of it.</param>
    private int StepOverEnd(int at, bool isLast, StringBuilder shown, Action? known = null)
    {
        var end = at + 1;
        while (end < _held.Length && (SentenceSplitter.Stops.Contains(_held[end]) || Closes(_held[end]))) end++;
        if (end == _held.Length && !isLast) return 0;
        // "3.5", "example.com"; scripts without gaps between sentences are not ASCII.
        if (end < _held.Length && _held[end] != '[' && !char.IsWhiteSpace(_held[end]) && char.IsAscii(_held[at]) && char.IsAscii(_held[end]))
        {
            known?.Invoke();
            shown.Append(_held, at, end - at);
            _sentence.Append(_held, at, end - at);
            return end - at;
        }

        var markers = new StringBuilder();
        var after = end;
        while (after < _held.Length || !isLast)
        {
            var bracket = after;
            while (bracket < _held.Length && _held[bracket] is ' ') bracket++;
            if (bracket == _held.Length && !isLast) return 0;
            var (length, numbers) = MarkerReader.At(_held, bracket, isLast);
            if (length == 0) return 0;
            if (numbers is null) break;
            var named = Mark(numbers);
            if (named.Length > 0) markers.Append(_held, after, bracket - after).Append(named);
            after = bracket + length;
        }

        known?.Invoke();
        shown.Append(_held, at, end - at).Append(markers);
        EndSentence(shown);
        return after - at;
    }

    /// <summary>Whether a character may stand between a full stop and the gap after it. Where quotes are kept, what opens or closes one is dealt with as such.</summary>
    private bool Closes(char c) => c != ']' && SentenceSplitter.Closers.Contains(c) && !(_keepsQuotes && (QuotationMarks.ClosersOf(c) is not null || QuotationMarks.Others.Contains(c)));

    /// <returns>The markers of those numbers that name a citation, as they are shown.</returns>
    private string Mark(IReadOnlyList<int> numbers)
    {
        var known = new StringBuilder();
        foreach (var number in numbers)
        {
            if (number < 1 || number > _citations.Count) continue;
            _marked = true;
            Note(number - 1, _sentence.ToString());
            known.Append(CultureInfo.InvariantCulture, $"[{number}]");
        }

        return known.ToString();
    }

    private void EndSentence(StringBuilder shown)
    {
        var sentence = _sentence.ToString();
        _sentence.Clear();
        var (marked, quoted) = (_marked, _quoted);
        (_marked, _quoted) = (false, null);
        if (marked) return;
        if (quoted is { } passage)
        {
            shown.Append(CultureInfo.InvariantCulture, $" [{passage + 1}]");
            return;
        }

        for (var i = 0; i < _passages.Length; i++)
        {
            if (!Note(i, sentence)) continue;
            shown.Append(CultureInfo.InvariantCulture, $" [{i + 1}]");
            return;
        }
    }

    private bool Note(int citation, string sentence)
    {
        if (_passages[citation].Find(sentence) is not { } found) return false;
        _quotes[citation].Add((_citations[citation].Start + found.Start, _citations[citation].Start + found.End));
        return true;
    }
}
