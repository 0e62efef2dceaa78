namespace Serverless.Documents.Rtf;

/// <summary>Where the text of a group goes.</summary>
internal enum RtfDestination
{
    /// <summary>To the document, or to the note or box that it stands in.</summary>
    Text,

    /// <summary>Nowhere.</summary>
    None,

    Title,

    Fonts,

    Styles,

    /// <summary>The number or bullet of an item, as it was shown last.</summary>
    ItemNumber,
}
