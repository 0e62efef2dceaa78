using static Serverless.Documents.Tests.TestReaders;

namespace Serverless.Documents.Tests;

public sealed class NotebookReaderTests
{
    private const string Notebook = """
        {"nbformat": 4, "metadata": {}, "cells": [
          {"cell_type": "markdown", "source": ["# Watering\n", "\n", "Water **ferns** weekly."], "attachments": {"x.png": {"image/png": "iVBORw0KGgo="}}},
          {"cell_type": "code", "source": "# rates\nx = 1\nif x:\n    print(x)", "outputs": [
            {"output_type": "stream", "name": "stdout", "text": ["\u001b[32m1\u001b[0m\n", " 10%|#  | 1/10\r100%|###| 10/10\n"]},
            {"output_type": "execute_result", "data": {"text/plain": ["   a\n", "0  1"], "text/html": "<table></table>"}},
            {"output_type": "display_data", "data": {"image/png": "iVBORw0KGgo=", "text/plain": "<Figure size 640x480>"}},
            {"output_type": "display_data", "data": {"application/vnd.jupyter.widget-view+json": {}, "text/plain": "IntProgress(value=0)"}},
            {"output_type": "error", "ename": "ValueError", "evalue": "too dry", "traceback": ["\u001b[0;31mValueError\u001b[0m"]}]},
          {"cell_type": "markdown", "source": "## Feeding\nMonthly."},
          {"cell_type": "raw", "source": ["As it is."]}]}
        """;

    [Fact]
    public void Cells_BecomeTextCodeAndWhatWasPrinted()
    {
        var document = Read("a.ipynb", Notebook);
        Assert.Equal(
            "Watering\n\nWater ferns weekly.\n\n# rates\nx = 1\nif x:\n    print(x)\n\n1\n100%|###| 10/10\n\n   a\n0  1\n\nValueError: too dry\n\nFeeding\n\nMonthly.\n\nAs it is.",
            document.Text);
        Assert.Equal("Watering", document.Title);
        Assert.Equal(["Watering", "Watering > Feeding"], document.Sections.Select(section => section.Heading));
        Assert.Equal(["# rates\nx = 1\nif x:\n    print(x)", "1\n100%|###| 10/10", "   a\n0  1"], document.Blocks!.Where(block => block.Kind == TextBlockKind.Code).Select(block => document.Text[block.Start..block.End]));
        Assert.Equal(document.Text, Read("notes", Notebook, "application/x-ipynb+json").Text);
    }

    [Fact]
    public void Cells_OfVersion3_AreRead() => Assert.Equal(
        "Roses\n\ny = 2\n\n2\n\n4",
        Read("a.ipynb", """{"nbformat":3,"worksheets":[{"cells":[{"cell_type":"heading","level":2,"source":["Roses"]},{"cell_type":"code","input":["y = 2"],"outputs":[{"output_type":"stream","text":["2\n"]},{"output_type":"pyout","text":["4"]},{"output_type":"display_data","png":"iVBO","text":["<fig>"]}]}]}]}""").Text);

    [Theory]
    [InlineData("{}")]
    [InlineData("[1]")]
    [InlineData("{\"cells\": 1}")]
    [InlineData("{\"cells\": [1]}")]
    [InlineData("{\"cells\": [{\"cell_type\": \"code\", \"outputs\": [{\"output_type\": \"execute_result\", \"data\": 1}]}]}")]
    [InlineData("not json")]
    public void File_ThatIsNone_SaysSoWithoutQuoting(string content) => Assert.Equal("The file is no notebook: it holds no cells.", Rejection("a.ipynb", content));

    /// <summary>A terminal's width breaks a frame's columns, and some outputs have no words but a page's.</summary>
    [Fact]
    public void Pages_OfOutputs_AreReadWhereTheySayMore()
    {
        var document = Read("a.ipynb", """
            {"cells": [{"cell_type": "markdown", "source": "# Data"}, {"cell_type": "code", "source": "df", "outputs": [
              {"output_type": "execute_result", "data": {"text/plain": "  a  b\n0 1  2", "text/html": ["<style>.x{}</style><table><tr><th></th><th>a</th><th>b</th></tr>", "<tr><th>0</th><td>1</td><td>2</td></tr></table>"]}},
              {"output_type": "display_data", "data": {"text/plain": "<IPython.core.display.HTML object>", "text/html": "<b>Bold</b> words"}},
              {"output_type": "display_data", "data": {"text/plain": "<IPython.core.display.JSON object>", "application/json": {}}},
              {"output_type": "execute_result", "data": {"text/plain": "'x'", "text/html": "<i>x</i>"}}]}]}
            """);
        Assert.Equal("Data\n\ndf\n\n|  | a | b |\n| --- | --- | --- |\n| 0 | 1 | 2 |\n\nBold words\n\n'x'", document.Text);
        Assert.Equal(["Data"], document.Sections.Select(section => section.Heading).Distinct());
    }
}
