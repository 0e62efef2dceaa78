using UglyToad.PdfPig.Core;
using UglyToad.PdfPig.Tokenization.Scanner;
using UglyToad.PdfPig.Tokens;

namespace Serverless.Documents.Pdf;

/// <summary>Finds a page's annotations (ISO 32000-2, sections 12.5 and 12.7). A field's parts may be its parent's; how far up is bounded, since parents may make a ring.</summary>
internal sealed class PdfAnnotations(IPdfTokenScanner scanner)
{
    private const int MaxAnnotations = 10_000;
    private const int MaxParents = 16;
    private const int MaxReferences = 16;
    private const int MaxValue = 65_536;

    // Section 12.5.3: hidden, not to be viewed. Section 12.7.5: passwords; buttons that only do something.
    private const int NotSeen = 2 | 32;
    private const int Password = 1 << 13;
    private const int PushButton = 1 << 16;

    public IEnumerable<PdfAnnotation> Of(DictionaryToken page)
    {
        if (Get(page, "Annots") is not ArrayToken all) yield break;
        foreach (var item in all.Data.Take(MaxAnnotations))
        {
            if (Resolve(item) is DictionaryToken annotation && Read(annotation) is { } read) yield return read;
        }
    }

    private PdfAnnotation? Read(DictionaryToken annotation)
    {
        var kind = Name(Get(annotation, "Subtype"));
        if (kind is not ("Widget" or "FreeText" or "Stamp") || (Whole(Get(annotation, "F")) & NotSeen) != 0 || Rectangle(Get(annotation, "Rect")) is not { } place) return null;
        var flags = kind == "Widget" ? Whole(Inherited(annotation, "Ff")) : 0;
        var type = Name(Inherited(annotation, "FT"));
        if ((type == "Tx" && (flags & Password) != 0) || (type == "Btn" && (flags & PushButton) != 0)) return null;
        var value = kind == "FreeText" ? Text(Get(annotation, "Contents")) : type is "Tx" or "Ch" ? Values(Inherited(annotation, "V")) : null;
        return new PdfAnnotation(place, Appearance(annotation), value);
    }

    // Of several, as of a box that is checked or not, the one that its state names.
    private StreamToken? Appearance(DictionaryToken annotation)
    {
        var normal = Get(annotation, "AP") is DictionaryToken appearances ? Get(appearances, "N") : null;
        if (normal is DictionaryToken states) normal = Name(Get(annotation, "AS")) is { } state ? Get(states, state) : null;
        return normal as StreamToken;
    }

    // A list may have several of its lines chosen.
    private string? Values(IToken? token) => token is ArrayToken several ? string.Join(", ", several.Data.Take(MaxReferences).Select(item => Text(Resolve(item))).OfType<string>()) : Text(token);

    private IToken? Inherited(DictionaryToken field, string name)
    {
        for (var i = 0; i < MaxParents; i++)
        {
            if (Get(field, name) is { } found) return found;
            if (Get(field, "Parent") is not DictionaryToken parent) return null;
            field = parent;
        }

        return null;
    }

    private IToken? Get(DictionaryToken dictionary, string name) => dictionary.Data.TryGetValue(name, out var token) ? Resolve(token) : null;

    private IToken? Resolve(IToken? token)
    {
        for (var i = 0; i < MaxReferences && token is IndirectReferenceToken reference; i++) token = scanner.Get(reference.Data)?.Data;
        return token is IndirectReferenceToken or NullToken ? null : token;
    }

    private PdfRectangle? Rectangle(IToken? token)
    {
        if (token is not ArrayToken { Data.Count: 4 } sides) return null;
        var numbers = sides.Data.Select(side => Resolve(side)).OfType<NumericToken>().Select(side => side.Double).ToList();
        return numbers.Count == 4 ? new PdfRectangle(Math.Min(numbers[0], numbers[2]), Math.Min(numbers[1], numbers[3]), Math.Max(numbers[0], numbers[2]), Math.Max(numbers[1], numbers[3])) : null;
    }

    private static string? Name(IToken? token) => (token as NameToken)?.Data;

    private static int Whole(IToken? token) => token is NumericToken number && Math.Abs(number.Double) < int.MaxValue ? (int)number.Double : 0;

    private static string? Text(IToken? token)
    {
        var text = token switch
        {
            StringToken plain => plain.Data,
            HexToken hexadecimal => hexadecimal.Data,
            NameToken name => name.Data,
            _ => null,
        };
        return string.IsNullOrWhiteSpace(text) ? null : text[..Math.Min(text.Length, MaxValue)];
    }
}
