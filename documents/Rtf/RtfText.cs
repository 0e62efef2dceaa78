using System.Globalization;
using System.Text;
using Serverless.Documents.Office;
using Serverless.Documents.Signs;

namespace Serverless.Documents.Rtf;

/// <summary>
/// Follows the words of RTF (Rich Text Format Specification 1.9.1). Groups stand on a list and not on the stack, so that any depth is read; what is deleted, hidden, a running head or a
/// picture goes.
/// </summary>
internal sealed class RtfText
{
    private const int MaxGroups = 10_000;
    private const int Piece = 4096;

    private readonly RtfTokens _tokens;
    private readonly ReadingScope _scope;
    private readonly ExtractedTextBuilder _notes;
    private readonly Stack<RtfGroup> _groups = new();
    private readonly Stack<(int Depth, RtfFlow Flow)> _flows = new();
    private readonly RtfFonts _fonts = new();
    private readonly RtfStyles _styles = new();
    private readonly List<byte> _bytes = [];
    private readonly StringBuilder _title = new();
    private RtfGroup _group = new() { CodePage = 1252 };
    private RtfFlow _flow;
    private int _pass;
    private bool _isStarred;
    private bool _isFirst;
    private long _characters;

    public RtfText(RtfTokens tokens, ExtractedTextBuilder builder, ExtractedTextBuilder notes, ReadingScope scope)
    {
        (_tokens, _notes, _scope) = (tokens, notes, scope);
        _flow = new RtfFlow(builder, scope);
        _flows.Push((-1, _flow));
    }

    public string? Title => _title.Length == 0 ? null : _title.ToString();

    public void Read()
    {
        for (RtfTokenKind kind; (kind = _tokens.Next()) != RtfTokenKind.End;)
        {
            switch (kind)
            {
                case RtfTokenKind.Open:
                    Open();
                    break;
                case RtfTokenKind.Close:
                    Close();
                    break;
                case RtfTokenKind.Byte when _pass > 0:
                    _pass--;
                    break;
                case RtfTokenKind.Byte when _group.Destination != RtfDestination.None:
                    // Never within a character of two bytes.
                    if (_bytes.Count >= Piece && _tokens.Value < 0x40) Decode();
                    _bytes.Add(_tokens.Value);
                    break;
                case RtfTokenKind.Symbol:
                    Symbol((char)_tokens.Value);
                    break;
                case RtfTokenKind.Word:
                    Word(_tokens.Word, _tokens.Number);
                    break;
            }
        }

        // A file that is cut off ends its groups too.
        Decode();
        while (_flows.TryPop(out var open)) open.Flow.End();
    }

    private void Open()
    {
        Decode();
        _scope.Check();
        if (_groups.Count == MaxGroups) throw new DocumentRejectedException($"The RTF is nested too deeply: {MaxGroups} levels are permitted.", isLimit: true);
        _groups.Push(_group);
        (_pass, _isStarred, _isFirst) = (0, false, true);
    }

    private void Close()
    {
        Decode();
        _pass = 0;
        if (_group.Destination == RtfDestination.Styles) _styles.End(_group.Style);
        if (_flows.Count > 1 && _flows.Peek().Depth == _groups.Count)
        {
            _flows.Pop().Flow.End();
            _flow = _flows.Peek().Flow;
        }

        _flow.Raise(on: false);
        if (_groups.TryPop(out var above)) _group = above;
        _flow.Strike(_group.IsStruck);
    }

    private void Symbol(char sign)
    {
        if (_pass > 0)
        {
            _pass--;
            return;
        }

        var isFirst = _isFirst;
        _isFirst = false;
        Decode();
        switch (sign)
        {
            case '*':
                // Within a group StarWriter wrote it before styles of letters: only at its beginning it says that the group may be skipped.
                _isStarred = isFirst;
                return;
            case '\r' or '\n':
                EndParagraph();
                return;
            case '~':
                Append("\u00A0");
                return;
            case '_':
                Append("-");
                return;
            case '\\' or '{' or '}':
                Append(sign.ToString());
                return;
            case '\t':
                Append(" ");
                return;
        }
    }

    private void Word(string word, int? number)
    {
        if (_pass > 0 && word != "bin")
        {
            _pass--;
            return;
        }

        Decode();
        _isFirst = false;
        var isStarred = _isStarred;
        _isStarred = false;
        // Such a row's properties stand after its last cell.
        if (word == "nesttableprops" && _group.Destination == RtfDestination.Text) _flow.EndNested(';');
        if (RtfWords.SkippedInPart.Contains(word) && _group.Destination != RtfDestination.None) Skip(_group.Destination);
        else if (RtfWords.Skipped.Contains(word) || (isStarred && !IsReadStarred(word))) Skip(RtfDestination.None);
        if (RtfWords.ReadAgain.Contains(word)) _group.Destination = _group.Outer;
        if (RtfWords.Signs.TryGetValue(word, out var text)) Append(text);
        else if (!Destination(word) && !Character(word, number)) Paragraph(word, number);
    }

    private bool IsReadStarred(string word) => RtfWords.ReadAgain.Contains(word) || RtfWords.Known.Contains(word) || _group.Destination == RtfDestination.Styles;

    private void Skip(RtfDestination butFor) => (_group.Outer, _group.Destination) = (butFor, RtfDestination.None);

    private bool Destination(string word)
    {
        switch (word)
        {
            case "fonttbl":
                _group.Destination = RtfDestination.Fonts;
                return true;
            case "stylesheet":
                _group.Destination = RtfDestination.Styles;
                return true;
            case "title" when _group.Destination == RtfDestination.None:
                _group.Destination = RtfDestination.Title;
                return true;
            case "listtext" or "pntext" when _group.Destination == RtfDestination.Text:
                _group.Destination = RtfDestination.ItemNumber;
                return true;
            case "footnote" when _group.Destination == RtfDestination.Text:
                Enter(new RtfFlow(_notes, _scope));
                return true;
            case "shptxt" or "dptxbxtext" when _group.Destination == RtfDestination.Text:
                Enter(new RtfFlow(_flow.Builder, _scope));
                return true;
            default:
                return false;
        }
    }

    private void Enter(RtfFlow flow)
    {
        _flows.Push((_groups.Count, flow));
        _flow = flow;
        _flow.InTable = false;
    }

    private bool Character(string word, int? number)
    {
        switch (word)
        {
            case "u" when number is { } code:
                _pass = _group.UnicodeSkip;
                AppendSign(code & 0xFFFF);
                return true;
            case "uc":
                _group.UnicodeSkip = Math.Clamp(number ?? 1, 0, 16);
                return true;
            case "bin":
                _tokens.Skip(number ?? 0);
                return true;
            case "v":
                _group.IsHidden = number != 0;
                return true;
            case "strike" or "striked":
                _group.IsStruck = number != 0;
                _flow.Strike(_group.IsStruck);
                return true;
            case "deleted":
                _group.IsDeleted = number != 0;
                return true;
            case "super":
                _flow.Raise(number != 0);
                return true;
            case "nosupersub" or "sub":
                _flow.Raise(on: false);
                return true;
            case "plain":
                _flow.Raise(on: false);
                _flow.Strike(on: false);
                (_group.IsHidden, _group.IsDeleted, _group.IsStruck) = (false, false, false);
                SetFont(_fonts.Default);
                return true;
            case "deff":
                _fonts.Default = number ?? 0;
                return true;
            case "f" when number is { } font:
                if (_group.Destination == RtfDestination.Fonts) _fonts.Add(font);
                SetFont(font);
                return true;
            case "fcharset" or "cpg" when _group.Destination == RtfDestination.Fonts && number is { } charset:
                _fonts.Describe(_group.Font, charset, isCodePage: word == "cpg");
                return true;
            case "ansicpg" or "mac" or "pc" or "pca":
                _fonts.DocumentCodePage = _group.CodePage = word switch { "mac" => 10000, "pc" => 437, "pca" => 850, _ => number ?? 1252 };
                return true;
            default:
                return false;
        }
    }

    private void SetFont(int font)
    {
        _group.Font = font;
        // Names of fonts are written in the document's own code page.
        _group.CodePage = _group.Destination == RtfDestination.Fonts ? _fonts.DocumentCodePage : _fonts.CodePage(font);
    }

    private void Paragraph(string word, int? number)
    {
        if (_group.Destination == RtfDestination.Styles)
        {
            if (word == "s") _group.Style = number ?? 0;
            else if (word == "outlinelevel") _styles.Outline = WordStyles.Outline(number?.ToString(CultureInfo.InvariantCulture));
            return;
        }

        if (_group.Destination != RtfDestination.Text) return;
        _flow.Take(word, number, _styles);
    }

    private void EndParagraph()
    {
        if (_group.Destination == RtfDestination.Text) _flow.EndParagraph();
    }

    // Two bytes may make a character, and the second may look like a letter.
    private void Decode()
    {
        if (_bytes.Count == 0) return;
        if (_group.CodePage == RtfCharsets.Symbol) foreach (var code in _bytes) AppendSign(code);
        else Append(RtfCharsets.Encoding(_group.CodePage).GetString(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_bytes)));
        _bytes.Clear();
    }

    private void AppendSign(int code)
    {
        var sign = _group.CodePage != RtfCharsets.Symbol ? (char)code : SymbolFont.Sign(_fonts.Name(_group.Font), code) ?? (_group.Destination == RtfDestination.ItemNumber ? '•' : (char)code);
        Append(sign.ToString());
    }

    private void Append(string text)
    {
        switch (_group.Destination)
        {
            case RtfDestination.Text when !_group.IsHidden && !_group.IsDeleted:
                _characters += text.Length;
                _scope.CheckText(_characters);
                _flow.Line.Append(text);
                break;
            case RtfDestination.ItemNumber:
                _flow.Item.Append(text);
                break;
            case RtfDestination.Title:
                _title.Append(text);
                break;
            case RtfDestination.Fonts:
                _fonts.AddName(_group.Font, text);
                break;
            case RtfDestination.Styles:
                _styles.AddName(text);
                break;
        }
    }
}
