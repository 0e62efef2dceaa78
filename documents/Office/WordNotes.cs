using System.Globalization;
using Serverless.Documents.Signs;

namespace Serverless.Documents.Office;

/// <summary>Numbers of a document's notes, in the order in which its text calls them.</summary>
internal sealed class WordNotes
{
    private readonly Dictionary<(string Kind, string Id), int> _numbers = [];

    /// <summary>What stands in the text for a note.</summary>
    /// <param name="kind">footnote or endnote.</param>
    public string Call(string kind, string? id)
    {
        if (!_numbers.TryGetValue((kind, id ?? string.Empty), out var number)) _numbers[(kind, id ?? string.Empty)] = number = _numbers.Count + 1;
        return RaisedText.Superscript(number.ToString(CultureInfo.InvariantCulture))!;
    }

    /// <summary>What stands before the note's own text; empty for one that nothing calls by a number.</summary>
    public string Label(string kind, string? id) => _numbers.TryGetValue((kind, id ?? string.Empty), out var number) ? number.ToString(CultureInfo.InvariantCulture) + ". " : string.Empty;
}
