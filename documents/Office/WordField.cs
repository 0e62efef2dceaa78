using System.Globalization;

namespace Serverless.Documents.Office;

/// <summary>A box to tick or a list to choose from of Word's older forms (ISO/IEC 29500-1, section 17.16), while it is read.</summary>
internal sealed class WordField
{
    private readonly List<string> _entries = [];
    private bool? _isChecked;
    private bool _isDefault;
    private int _result;

    public void Add(string name, string? value)
    {
        switch (name)
        {
            case "checked":
                _isChecked = WordStyles.IsOn(value);
                break;
            case "default":
                _isDefault = WordStyles.IsOn(value);
                _result = Math.Max(_result, Number(value));
                break;
            case "result":
                _result = Number(value);
                break;
            default:
                _entries.Add(value ?? string.Empty);
                break;
        }
    }

    /// <param name="kind">checkBox or ddList.</param>
    public string Shown(string kind) => kind == "checkBox" ? _isChecked ?? _isDefault ? "☒" : "☐" : _result < _entries.Count ? _entries[_result] : string.Empty;

    private static int Number(string? value) => int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;
}
