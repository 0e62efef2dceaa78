namespace Serverless.Documents.Office97;

/// <summary>Types of records ([MS-PPT], section 2.13.24; [MS-ODRAW], section 2.1).</summary>
internal static class SlideRecords
{
    public const int Document = 0x03E8, Slide = 0x03EE, SlideInfo = 0x03EF, Notes = 0x03F0, SlidePlace = 0x03F3, SlideShow = 0x03F9, Drawing = 0x040C, SlideList = 0x0FF0;
    public const int Edit = 0x0FF5, CurrentEdit = 0x0FF6, Places = 0x1772;
    public const int Placeholder = 0x0BC3, OutlineText = 0x0F9E, TextKind = 0x0F9F, WideText = 0x0FA0, NarrowText = 0x0FA8;
    public const int Group = 0xF003, Shape = 0xF004, ShapeProperties = 0xF00B, TextBox = 0xF00D, Position = 0xF00F, ShapeData = 0xF011, MoreProperties = 0xF122;
}
