-- Starts `vpnlint lsp` for YAML files: copy it to ~/.config/nvim/plugin/, or `:luafile` it.
-- Neovim 0.7 and later; with 0.11 and later it is known to `:checkhealth vim.lsp` by its name.
local config = { name = "vpnlint", cmd = { "vpnlint", "lsp" } }

if vim.lsp.config then
  vim.lsp.config("vpnlint", { cmd = config.cmd, filetypes = { "yaml" }, root_markers = { ".git" } })
  vim.lsp.enable("vpnlint")
  return
end

local function start(event)
  local git = vim.fn.finddir(".git", vim.fn.fnamemodify(event.file, ":p:h") .. ";")
  local root = git ~= "" and vim.fn.fnamemodify(git, ":p:h:h") or nil
  local settings = vim.tbl_extend("force", config, { root_dir = root })
  if vim.lsp.start then
    vim.lsp.start(settings, { bufnr = event.buf })
  else
    vim.lsp.buf_attach_client(event.buf, vim.lsp.start_client(settings))
  end
end

vim.api.nvim_create_autocmd("FileType", { pattern = "yaml", callback = start })
