namespace Serverless.Documents.Office;

/// <summary>Fields that are open where a document is read (ISO/IEC 29500-1, section 17.16.18): what a field within another's code comes to is of the code, as the name that a letter's condition asks for.</summary>
internal sealed class WordFields
{
    // A field without its end, as an edit may leave one, must not take the rest of the document with it.
    private const int MostParagraphs = 20;
    private const int MostOpen = 64;

    private readonly List<(bool InCode, int Begun)> _open = [];
    private int _paragraphs;

    /// <summary>Whether what is read is within another field's code.</summary>
    public bool IsInCode => _open.Count > 1 && _open.FindIndex(open => open.InCode && _paragraphs - open.Begun < MostParagraphs) is >= 0 and var at && at < _open.Count - 1;

    public void EndParagraph() => _paragraphs++;

    /// <param name="type">begin, separate or end.</param>
    public void Mark(string? type)
    {
        if (type == "begin" && _open.Count < MostOpen) _open.Add((true, _paragraphs));
        else if (type == "separate" && _open.Count > 0) _open[^1] = _open[^1] with { InCode = false };
        else if (type == "end" && _open.Count > 0) _open.RemoveAt(_open.Count - 1);
    }
}
