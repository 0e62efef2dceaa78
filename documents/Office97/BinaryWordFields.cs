namespace Serverless.Documents.Office97;

/// <summary>Fields that are open where a document is read ([MS-DOC], section 2.8.25): what they come to is text, what they ask for is not.</summary>
internal sealed class BinaryWordFields
{
    // A field without its end, as an edit may leave one, must not take the rest of the document with it.
    private const int MostParagraphs = 20;
    private const int MostOpen = 64;

    private readonly List<(bool InCode, int Begun)> _open = [];
    private int _paragraphs;

    public bool IsInCode => _open.Exists(open => open.InCode && _paragraphs - open.Begun < MostParagraphs);

    public void EndParagraph() => _paragraphs++;

    /// <summary>Takes a field's mark; false for any other character.</summary>
    public bool Takes(char mark)
    {
        switch (mark)
        {
            case '\u0013':
                if (_open.Count < MostOpen) _open.Add((true, _paragraphs));
                return true;
            case '\u0014':
                if (_open.Count > 0) _open[^1] = _open[^1] with { InCode = false };
                return true;
            case '\u0015':
                if (_open.Count > 0) _open.RemoveAt(_open.Count - 1);
                return true;
            default:
                return false;
        }
    }
}
